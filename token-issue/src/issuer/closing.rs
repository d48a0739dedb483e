//! Ends tokens that nobody has, and puts the end of tokens on record.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use token_core::{
    TokenId,
    record::{Action, Epoch, Event},
};

use super::{
    loose::{InRegistry, Loose},
    shared::Shared,
    worker::Task,
};
use crate::{deadline::Deadline, error::Error, mint::draft::Now};

/// What the issuer's thread remembers.
pub(super) struct Closing<'s> {
    pub(super) shared: &'s Shared,
    loose: Vec<Loose>,
    /// Tokens whose end is on record, and of which the registry does not know that yet.
    pub(super) closed: HashSet<TokenId>,
    /// How far the registry had come at the last look.
    pub(super) epoch: Epoch,
    /// Whether tombstones may be left that are not on record.
    pub(super) is_behind: bool,
    next_look: Instant,
    next_sweep: Instant,
}

impl<'s> Closing<'s> {
    pub(super) fn new(shared: &'s Shared, epoch: Epoch) -> Self {
        let now = Instant::now();
        Self {
            shared,
            loose: Vec::new(),
            closed: HashSet::new(),
            epoch,
            is_behind: false,
            next_look: now + shared.registry.poll_interval().max(LOOK_EVERY),
            next_sweep: now + SWEEP_EVERY,
        }
    }

    pub(super) fn patience(&self) -> Duration {
        self.shared.deadline
    }

    /// How long there is nothing to do at `now`.
    pub(super) fn pause(&self, now: Instant) -> Duration {
        let tries = self.loose.iter().map(|loose| loose.next().unwrap_or(now));
        let next = tries.fold(self.next_look, Instant::min);
        next.saturating_duration_since(now)
    }

    pub(super) fn take(&mut self, task: Task) {
        match task {
            Task::TakeBack(loose) if self.loose.len() < MOST_LOOSE => self.loose.push(loose),
            // The next start closes it, or it expires.
            Task::TakeBack(_) => {}
            Task::Closed(token) => {
                self.closed.insert(token);
            }
            Task::Look => self.next_look = Instant::now(),
        }
    }

    /// Does what is due. What fails is tried again later; nobody waits for it.
    pub(super) fn work(&mut self, now: Instant) {
        self.end_loose(now);
        self.tell_registry();
        if now >= self.next_look {
            self.next_look = now + self.shared.registry.poll_interval().max(LOOK_EVERY);
            self.look();
        }
        if now >= self.next_sweep {
            // A token that was used once is a tombstone too, and moves no epoch.
            self.is_behind = true;
            self.next_sweep = now + SWEEP_EVERY;
        }
        if self.is_behind {
            self.is_behind = !self.sweep().unwrap_or(false);
        }
    }

    /// The last round, before the thread ends. What it does not come to, the next start does.
    pub(super) fn finish(&mut self, deadline: Deadline) {
        for mut loose in std::mem::take(&mut self.loose) {
            if deadline.left().is_zero() || self.end(&mut loose).is_err() {
                break;
            }
        }
        if !deadline.left().is_zero() {
            self.look();
        }
        if !deadline.left().is_zero() {
            let _ = self.sweep();
        }
        self.tell_registry();
    }

    /// Once something fails, all that is left waits for the next try: a registry that hangs takes its time for each.
    fn end_loose(&mut self, now: Instant) {
        let latest = Now::read(&*self.shared.clock).latest;
        let mut has_failed = false;
        let mut loose = std::mem::take(&mut self.loose);
        loose.retain_mut(|loose| {
            if !loose.is_due(now) {
                return true;
            }
            let ended = if has_failed { Ok(false) } else { self.end(loose) };
            has_failed |= ended.is_err();
            loose.try_later(Instant::now());
            !ended.unwrap_or(false) && loose.until > latest
        });
        self.loose = loose;
    }

    /// Tries to end a token, and says whether it has ended.
    fn end(&mut self, loose: &mut Loose) -> Result<bool, Error> {
        match loose.row {
            InRegistry::No => self.close(loose, None).map(|()| true),
            InRegistry::Perhaps | InRegistry::Yes => self.end_row(loose),
        }
    }

    /// Revokes the token. The row that nobody knows of may still be on its way, so no row is no end.
    fn end_row(&mut self, loose: &mut Loose) -> Result<bool, Error> {
        let shared = self.shared;
        let deadline = shared.deadline();
        let revoked = wait(shared.asked(shared.registry.revoke(loose.token), deadline))?;
        if revoked.is_new {
            self.is_behind = true; // It may have children.
            return self.close(loose, Some(revoked.at)).map(|()| true);
        }
        let row = wait(shared.asked(shared.registry.show(loose.token), deadline))?;
        if row.is_some() {
            // Somebody else has revoked it, and the next sweep finds it.
            self.is_behind = true;
            return Ok(true);
        }
        loose.is_absent();
        if loose.is_settled() && !loose.is_closed {
            self.close(loose, None)?;
            loose.is_closed = true;
        }
        Ok(false)
    }

    fn close(&mut self, loose: &Loose, epoch: Option<Epoch>) -> Result<(), Error> {
        // Without an index, only a revocation closes what the token opened.
        let action = match (epoch, loose.opened) {
            (None, Some(index)) => Action::destroyed(Some(index)),
            (_, opened) => Action::revoked(opened.filter(|_| !loose.is_closed)),
        };
        let shared = self.shared;
        let event = Event::new(action, loose.kind.clone()).token(loose.token);
        let mut event = shared.signed(event, loose.why);
        event.epoch = epoch;
        wait(shared.recorded(event, shared.deadline()))?;
        self.closed.insert(loose.token);
        Ok(())
    }
}

/// Waits on this thread, which has nothing else to do.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

/// Nobody needs the end of a token on record sooner; whoever revokes says so with [`Task::Look`].
const LOOK_EVERY: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// A log or a registry that is away for long must not fill the memory.
const MOST_LOOSE: usize = 4_096;
