//! Makes room for a new token where the issuer permits no more.

use std::collections::BTreeSet;

use token_policy::lock::Handle;

use super::{StepName, Stopped, Why, run::Run};

impl Run<'_> {
    /// Ends tokens that are not in use until there is room for one more.
    pub(super) fn make_room(&mut self, found: &BTreeSet<Handle>) -> Result<(), Stopped> {
        let live = self.live(found);
        let over = (live.len() + 1).saturating_sub(self.rules.limit);
        if over == 0 {
            return Ok(());
        }
        let in_use = self.in_use()?;
        let Some(in_use) = in_use.filter(|handle| live.contains(handle)) else {
            return Err(self.no_room(live.len()));
        };
        for handle in self.dispensable(&live, &in_use).into_iter().take(over) {
            self.retire_found(&handle, None)?;
        }
        self.forget_previous()
    }

    /// The tokens that count: what was found. An issuer that needs no `find` is counted by the lock.
    fn live(&self, found: &BTreeSet<Handle>) -> BTreeSet<Handle> {
        if !found.is_empty() {
            return found.clone();
        }
        let now = self.time.now();
        let locked = self.locked().filter(|token| token.expires.is_none_or(|end| end > now));
        locked.filter_map(|token| token.handle.clone()).collect()
    }

    /// What may be ended: first what the lock does not name, and the current token last.
    fn dispensable(&self, live: &BTreeSet<Handle>, in_use: &Handle) -> Vec<Handle> {
        let locked: Vec<&Handle> = self.locked().filter_map(|it| it.handle.as_ref()).collect();
        // The lines are `current`, `previous`.
        let rank = |handle: &Handle| match locked.iter().position(|it| *it == handle) {
            None => 0,
            Some(at) => 1 + locked.len() - at,
        };
        let mut handles: Vec<Handle> = live.iter().filter(|it| *it != in_use).cloned().collect();
        handles.sort_by_key(rank);
        handles
    }

    /// Drops the line of a previous token that was ended.
    fn forget_previous(&mut self) -> Result<(), Stopped> {
        let handle =
            self.slot.previous.as_ref().and_then(|entry| entry.token.as_ref()?.handle.clone());
        if handle.is_some_and(|handle| self.retired.contains(&handle)) {
            self.slot.previous = None;
            self.write()?;
        }
        Ok(())
    }

    fn no_room(&self, live: usize) -> Stopped {
        let message = format!(
            "{live} tokens of this slot are live, {} are permitted at once, and `test` does not say which of them is in use",
            self.rules.limit
        );
        let help = "find out which one the consumer uses, end one of the others at the issuer, and run this again; a `test` that prints \
                    `in-use HANDLE` spares you this";
        self.stopped(Why::NeedsPerson, StepName::Find, message, help)
    }
}
