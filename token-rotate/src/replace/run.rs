//! One run: what it knows, and the steps with what must hold before them.

use std::{collections::BTreeSet, time::Duration};

use token_core::{Secret, UtcDateTime};
use token_policy::lock::{Entry, Handle, LockedToken, Slot};

use super::{
    Claim, Ended, Keeper, Rules, StepFailure, StepName, Steps, Stopped, Swept, Tested, Time,
    Unkept, Why,
};

/// A run for one slot.
pub(super) struct Run<'r> {
    pub(super) rules: &'r Rules,
    pub(super) steps: &'r mut dyn Steps,
    pub(super) keeper: &'r mut dyn Keeper,
    pub(super) time: &'r mut dyn Time,
    /// The slot's lines, as they are now.
    pub(super) slot: Slot,
    pub(super) line: &'r Entry,
    /// What this run has ended, in this order.
    pub(super) retired: Vec<Handle>,
    /// Whether no other run can be at work.
    pub(super) is_alone: bool,
    /// Whether something may have changed outside.
    pub(super) has_begun: bool,
}

impl<'r> Run<'r> {
    pub(super) fn new(
        slot: &Slot,
        line: &'r Entry,
        rules: &'r Rules,
        steps: &'r mut dyn Steps,
        keeper: &'r mut dyn Keeper,
        time: &'r mut dyn Time,
    ) -> Self {
        let (slot, retired) = (slot.clone(), Vec::new());
        Self { rules, steps, keeper, time, slot, line, retired, is_alone: false, has_begun: false }
    }

    /// Makes sure that no other run has the slot, before a step that has an effect.
    pub(super) fn claim(&mut self) -> Result<(), Stopped> {
        match self.steps.claim() {
            Ok(Claim::Held) => self.is_alone = true,
            Ok(Claim::NotAsked) => {}
            Ok(Claim::ByAnother) => {
                let message = "another run has the claim of this slot";
                let help = "let it finish, and run this again; a claim ends by itself, some minutes after the last step of its run";
                return Err(self.stopped(Why::Unfinished, StepName::Claim, message, help));
            }
            Err(failure) => return Err(self.failed(StepName::Claim, &failure)),
        }
        Ok(())
    }

    pub(super) fn find(&mut self) -> Result<BTreeSet<Handle>, Stopped> {
        match self.steps.find() {
            Ok(found) => Ok(found.into_iter().collect()),
            Err(failure) => Err(self.failed(StepName::Find, &failure)),
        }
    }

    pub(super) fn set(&mut self, secret: &Secret) -> Result<(), Stopped> {
        self.claim()?;
        self.steps.set(secret).map_err(|failure| self.failed(StepName::Set, &failure))
    }

    /// Asks the consumer until it works with the new token. A test that fails in any way is made again.
    pub(super) fn test(&mut self, secret: &Secret, token: &LockedToken) -> Result<(), Stopped> {
        let (since, mut pause) = (self.time.now(), Duration::from_millis(500));
        loop {
            let tested = self.steps.test(Some(secret));
            if tested.as_ref().is_ok_and(|tested| is_passed(tested, token)) {
                return Ok(());
            }
            let left = self.rules.settle.saturating_sub(since_then(since, self.time.now()));
            if left.is_zero() {
                return Err(self.untested(tested));
            }
            self.time.wait(pause.min(left));
            pause = (pause * 2).min(Duration::from_secs(5));
            self.claim()?;
        }
    }

    fn untested(&self, tested: Result<Tested, StepFailure>) -> Stopped {
        let what = match tested {
            Ok(tested) if tested.in_use.is_some() => {
                "the consumer still uses another token than the new one".to_owned()
            }
            Ok(_) => "the consumer does not work with the new token".to_owned(),
            Err(failure) => failure.to_string(),
        };
        let message = format!("{what}, {} s after the token was set", self.rules.settle.as_secs());
        let help = "the old token is valid as before; run this again, with a longer `settle` if the consumer needs longer";
        self.stopped(Why::Unfinished, StepName::Test, message, help)
    }

    /// Ends a token at its issuer.
    pub(super) fn retire(
        &mut self,
        handle: &Handle,
        token: Option<&LockedToken>,
        successor: Option<&LockedToken>,
    ) -> Result<(), Stopped> {
        self.claim()?;
        self.has_begun = true;
        self.steps.retire(handle).map_err(|failure| self.failed(StepName::Retire, &failure))?;
        self.retired.push(handle.clone());
        let ended = Ended { handle, token, successor, at: self.time.now() };
        self.keeper.ended(&ended).map_err(|unkept| self.unkept(StepName::Retire, &unkept))
    }

    /// Ends a token of which only the handle may be known.
    pub(super) fn retire_found(
        &mut self,
        handle: &Handle,
        successor: Option<&LockedToken>,
    ) -> Result<(), Stopped> {
        let token = self.locked().find(|token| token.handle.as_ref() == Some(handle)).cloned();
        self.retire(handle, token.as_ref(), successor)
    }

    /// Writes the slot's lines.
    pub(super) fn write(&mut self) -> Result<(), Stopped> {
        self.keeper.changed(&self.slot).map_err(|unkept| self.unkept(StepName::Lock, &unkept))
    }

    /// Ends the token before the current one, so that there is room for its line. Waits for its time, if that is not too long.
    pub(super) fn end_previous(&mut self) -> Result<(), Stopped> {
        let Some(token) = self.previous() else { return Ok(()) };
        let left = self.stays(&token);
        if left > self.rules.wait {
            return self.previous_stays(&token);
        }
        if !left.is_zero() {
            self.time.wait(left);
        }
        self.drop_previous(&token)
    }

    /// Ends the token before the current one if its time has come. Returns when it comes otherwise.
    pub(super) fn end_overdue(&mut self) -> Result<Option<UtcDateTime>, Stopped> {
        let Some(token) = self.previous() else { return Ok(None) };
        if !self.stays(&token).is_zero() {
            return Ok(token.retire_after);
        }
        self.drop_previous(&token).map(|()| None)
    }

    fn previous(&self) -> Option<LockedToken> {
        self.slot.previous.as_ref()?.token.clone()
    }

    /// How long a replaced token stays valid by its line; not at all if it has expired.
    fn stays(&self, token: &LockedToken) -> Duration {
        let now = self.time.now();
        match token.expires {
            Some(end) if end <= now => Duration::ZERO,
            Some(_) | None => token.retire_after.map_or(Duration::ZERO, |at| since_then(now, at)),
        }
    }

    fn drop_previous(&mut self, token: &LockedToken) -> Result<(), Stopped> {
        if token.expires.is_none_or(|end| end > self.time.now()) {
            self.end(token, None)?;
        }
        self.slot.previous = None;
        self.write()
    }

    /// Two tokens that were replaced have no room in a slot, unless both end at once.
    fn previous_stays(&self, token: &LockedToken) -> Result<(), Stopped> {
        if self.rules.overlap.is_zero() {
            return Ok(());
        }
        let until = token.retire_after.map(|at| at.to_string()).unwrap_or_default();
        let message = format!("the token before the current one stays valid until {until}");
        let help = "run this again then; an emergency (`--because`) does not wait";
        Err(self.stopped(Why::Unfinished, StepName::Retire, message, help))
    }

    /// Ends a token of the lock. Fails if the lock has no handle of it.
    pub(super) fn end(
        &mut self,
        token: &LockedToken,
        successor: Option<&LockedToken>,
    ) -> Result<(), Stopped> {
        match &token.handle {
            Some(handle) => self.retire(handle, Some(token), successor),
            None => {
                let id = token_core::TokenId::from_bytes(token.id);
                let message =
                    format!("the lock has no handle of the token {id}, so it is not ended");
                let help = "end it at its issuer by hand, and take its line out with a report that says `ended`";
                Err(self.stopped(Why::NeedsPerson, StepName::Retire, message, help))
            }
        }
    }

    /// Ends what earlier runs have left, as far as nobody uses it.
    pub(super) fn sweep(
        mut self,
        found: &BTreeSet<Handle>,
        retire_after: Option<UtcDateTime>,
    ) -> Result<Swept, Stopped> {
        let known: BTreeSet<Handle> = self.locked().filter_map(|it| it.handle.clone()).collect();
        let mut left: Vec<Handle> = found.difference(&known).cloned().collect();
        if !left.is_empty() && self.uses_current()? {
            for handle in std::mem::take(&mut left) {
                self.retire_found(&handle, None)?;
            }
        }
        Ok(Swept { retired: self.retired, left, retire_after })
    }

    fn uses_current(&mut self) -> Result<bool, Stopped> {
        let current = self.current().and_then(|token| token.handle.clone());
        let in_use = self.in_use()?;
        Ok(in_use.is_some() && in_use == current)
    }

    /// Asks the consumer which token it uses.
    pub(super) fn in_use(&mut self) -> Result<Option<Handle>, Stopped> {
        let tested = self.steps.test(None);
        Ok(tested.map_err(|failure| self.failed(StepName::Test, &failure))?.in_use)
    }

    /// The tokens that the lock names.
    pub(super) fn locked(&self) -> impl Iterator<Item = &LockedToken> {
        self.slot.entries().filter_map(|entry| entry.token.as_ref())
    }

    pub(super) fn current(&self) -> Option<&LockedToken> {
        self.slot.current.as_ref()?.token.as_ref()
    }

    /// A step failed. Before the first step with an effect, nothing has changed.
    pub(super) fn failed(&self, step: StepName, failure: &StepFailure) -> Stopped {
        match self.has_begun {
            true => {
                let help = "run this again; if it fails in the same way, mend the step";
                self.stopped(Why::Unfinished, step, failure.to_string(), help)
            }
            false => {
                let help = "nothing was changed; run this again when the step works";
                self.stopped(Why::NoAnswer, step, failure.to_string(), help)
            }
        }
    }

    pub(super) fn unkept(&self, step: StepName, unkept: &Unkept) -> Stopped {
        self.stopped(Why::Unfinished, step, unkept.to_string(), "mend that, and run this again")
    }

    pub(super) fn stopped(
        &self,
        why: Why,
        step: StepName,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Stopped {
        let (message, help) = (message.into(), help.into());
        Stopped { why, step, message, help, retired: self.retired.clone() }
    }
}

/// Whether the consumer works, and with no other token than this one.
fn is_passed(tested: &Tested, token: &LockedToken) -> bool {
    tested.passed && (tested.in_use.is_none() || tested.in_use == token.handle)
}

/// How long it is from one time to a later one; zero if it is not later.
pub(super) fn since_then(then: UtcDateTime, now: UtcDateTime) -> Duration {
    (now - then).try_into().unwrap_or(Duration::ZERO)
}
