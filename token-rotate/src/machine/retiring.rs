//! Ends tokens at their issuer, after they were replaced.

use std::time::Duration;

use crate::{Handle, moment::Moment};

/// The tokens that are to be ended at their issuer.
#[derive(Debug, Default)]
pub(super) struct Retiring {
    waiting: Vec<Entry>,
    busy: Option<Entry>,
    /// How many were given up.
    given_up: u64,
}

#[derive(Debug)]
struct Entry {
    handle: Handle,
    /// By the monotonic clock.
    at: Duration,
    /// After that it has ended by itself.
    expires: Moment,
    tries: u32,
}

/// How often to try, unless the token expires before.
const TRIES: u32 = 8;

impl Retiring {
    /// To be ended at a time of the monotonic clock.
    pub(super) fn add(&mut self, handle: Handle, at: Duration, expires: Moment) {
        self.waiting.push(Entry { handle, at, expires, tries: 0 });
    }

    /// Not to be ended after all: it has come back.
    pub(super) fn forget(&mut self, handle: &Handle) {
        self.waiting.retain(|entry| entry.handle != *handle);
    }

    /// The next one whose time has come. One at a time.
    pub(super) fn take(&mut self, now: Moment) -> Option<Handle> {
        if self.busy.is_some() {
            return None;
        }
        let at = self.waiting.iter().position(|entry| entry.at <= now.monotonic)?;
        let mut entry = self.waiting.swap_remove(at);
        entry.tries += 1;
        Some(self.busy.insert(entry).handle.clone())
    }

    /// The one that was taken was ended, or was not. `again` says whether another try makes sense.
    pub(super) fn done(&mut self, now: Moment, ended: bool, again: bool) {
        let Some(mut entry) = self.busy.take() else { return };
        if ended {
            return;
        }
        if again && entry.tries < TRIES && !entry.expires.has_come(now) {
            let pause = Duration::from_secs(1 << entry.tries);
            entry.at = now.monotonic.saturating_add(pause);
            self.waiting.push(entry);
        } else {
            self.given_up += 1;
        }
    }

    /// All at once: there is no later.
    pub(super) fn hurry(&mut self) {
        self.waiting.iter_mut().for_each(|entry| {
            entry.at = Duration::ZERO;
            entry.tries = TRIES;
        });
    }

    /// When the next one is to be ended, by the monotonic clock.
    pub(super) fn next(&self) -> Option<Duration> {
        let next = self.waiting.iter().map(|entry| entry.at).min();
        next.filter(|_| self.busy.is_none())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.busy.is_none()
    }

    pub(super) const fn given_up(&self) -> u64 {
        self.given_up
    }
}
