//! Wakes those who wait for the end of a token. A thread of its own does it, since the one that polls may be held up by
//! the registry.

use std::{sync::Arc, time::Duration};

use token_core::{
    AnyCaller,
    caller::{Hit, Refused},
};

use super::{
    cache::Found,
    shared::{Shared, lock},
};
use crate::lease::Moment;

impl Shared {
    pub(super) fn recheck(&self, caller: &AnyCaller) -> Hit {
        let lease = self.lease.get();
        // To be checked again is no use of the token.
        let check = |found: Found<'_>| self.hit(lease, &found, self.clocks.now());
        self.cache.look_for(caller.token(), check).unwrap_or(Hit::Miss)
    }

    pub(super) async fn until_invalid(&self, caller: &AnyCaller) -> Refused {
        let mut changes = self.changes.subscribe();
        loop {
            changes.borrow_and_update();
            let refused = match self.recheck(caller) {
                Hit::Caller(_) => None,
                Hit::Refused(refused) => Some(refused),
                Hit::Miss => self.read_again(caller).await.err(),
            };
            if let Some(refused) = refused {
                return refused;
            }
            self.set_alarm(caller);
            if changes.changed().await.is_err() {
                // Not while the verifier is there.
                return super::flight::UNAVAILABLE;
            }
        }
    }

    fn set_alarm(&self, caller: &AnyCaller) {
        let deadline = caller.deadline();
        let mut alarm = lock(&self.alarm);
        let earlier = alarm.unwrap_or(Moment::NEVER);
        *alarm = Some(Moment {
            wall: earlier.wall.min(deadline.wall),
            monotonic: earlier.monotonic.min(deadline.monotonic),
        });
    }

    fn take_alarm(&self, now: Moment) -> bool {
        let mut alarm = lock(&self.alarm);
        let is_due = alarm.is_some_and(|at| now.wall >= at.wall || now.monotonic >= at.monotonic);
        if is_due {
            *alarm = None;
        }
        is_due
    }
}

/// Runs on a thread of its own until the verifier is dropped.
pub(super) fn run(shared: &Arc<Shared>) {
    let mut had_lease = true;
    while !shared.is_stopped() {
        let is_waited_for = shared.changes.receiver_count() > 0;
        std::thread::park_timeout(if is_waited_for { SOON } else { LATER });
        let now = shared.clocks.now();
        let has_lease = shared.lease.get().holds(now);
        let is_due = shared.take_alarm(now);
        if is_due || (had_lease && !has_lease) {
            shared.tell();
        }
        had_lease = has_lease;
    }
}

/// How late somebody who waits may hear of an expiry or a lost lease.
const SOON: Duration = Duration::from_millis(20);

const LATER: Duration = Duration::from_millis(100);
