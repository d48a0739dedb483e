//! After the consumer works with the new token: writes the lines, and ends the others.

use std::{collections::BTreeSet, time::Duration};

use token_core::UtcDateTime;
use token_policy::lock::{Handle, LockedToken};

use super::{
    Replaced, Stopped,
    run::{Run, since_then},
};

impl Run<'_> {
    /// Writes the new lines, and ends all tokens of the slot but the new one.
    pub(super) fn finish(
        mut self,
        token: LockedToken,
        found: &BTreeSet<Handle>,
    ) -> Result<Replaced, Stopped> {
        let passed = self.time.now();
        let earlier = self.slot.previous.as_ref().and_then(|entry| entry.token.clone());
        let until = later(passed, self.rules.overlap);
        self.slot.replace(token.clone(), Some(until), self.line);
        self.drop_ended(passed);
        self.write()?;
        let old = self.slot.previous.as_ref().and_then(|entry| entry.token.clone());
        let can_wait = self.rules.overlap <= self.rules.wait;
        if can_wait {
            let left = since_then(self.time.now(), until);
            let is_first = old.is_none() && found.is_empty();
            if !left.is_zero() && !is_first {
                self.time.wait(left);
            }
            if let Some(old) = &old {
                self.end(old, Some(&token))?;
            }
        }
        if let Some(earlier) = &earlier {
            self.end(earlier, Some(&token))?;
        }
        self.end_leftovers(&token, if can_wait { None } else { old.as_ref() }, found)?;
        if can_wait && old.is_some() {
            self.slot.previous = None;
            self.write()?;
        }
        let retire_after = old.filter(|_| !can_wait).and_then(|old| old.retire_after);
        Ok(Replaced { token, retired: self.retired, retire_after })
    }

    /// A token that has expired, or was ended to make room, is not the previous one.
    fn drop_ended(&mut self, now: UtcDateTime) {
        let retired = &self.retired;
        let has_ended = |token: &LockedToken| {
            let is_retired = token.handle.as_ref().is_some_and(|handle| retired.contains(handle));
            is_retired || token.expires.is_some_and(|end| end <= now)
        };
        self.slot.previous.take_if(|entry| entry.token.as_ref().is_some_and(has_ended));
    }

    /// Ends what `find` lists now and before, but for the new token and one that is kept.
    ///
    /// What was not listed before this run made its token may be another run's, unless a claim keeps that away.
    fn end_leftovers(
        &mut self,
        token: &LockedToken,
        kept: Option<&LockedToken>,
        found: &BTreeSet<Handle>,
    ) -> Result<(), Stopped> {
        let mut listed = self.find()?;
        if !self.is_alone {
            listed.retain(|handle| found.contains(handle));
        }
        let keep = [Some(token), kept].map(|token| token.and_then(|token| token.handle.clone()));
        for handle in listed {
            if !keep.contains(&Some(handle.clone())) && !self.retired.contains(&handle) {
                self.retire_found(&handle, Some(token))?;
            }
        }
        Ok(())
    }
}

/// A time that much later, or the last one that there is.
fn later(time: UtcDateTime, by: Duration) -> UtcDateTime {
    let by = by.try_into().ok();
    by.and_then(|by| time.checked_add(by)).unwrap_or(UtcDateTime::MAX)
}
