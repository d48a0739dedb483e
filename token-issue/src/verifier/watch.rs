//! Wakes those who wait for the end of a token. A thread of its own does it, since the one that polls may be held up by
//! the registry.

use std::{collections::HashSet, sync::Arc, time::Duration};

use token_core::{
    AnyCaller, TokenId,
    caller::{Hit, Refused},
};
use tokio::sync::broadcast::error::RecvError;

use super::{
    cache::Found,
    kinds::is_once,
    shared::{Shared, lock},
};
use crate::{
    lease::Moment,
    registry::{Feed, Rule},
    row::LONGEST_STREAM,
};

/// What may have ended a token that somebody waits for.
#[derive(Clone)]
pub(super) enum Change {
    /// These were revoked.
    Revoked(Arc<Heard>),
    /// One has expired.
    Time,
    /// Memory counts no more.
    All,
}

/// What was revoked at once. Who waits looks whether it concerns him: a token for one use is in no memory, so to ask the
/// registry at each revocation would be a question for each open stream.
pub(super) struct Heard {
    tokens: HashSet<TokenId>,
    rules: Vec<Rule>,
}

impl Heard {
    pub(super) fn of(feed: &Feed) -> Self {
        Self { tokens: feed.tokens.iter().copied().collect(), rules: feed.rules.clone() }
    }

    fn concerns(&self, caller: &AnyCaller) -> bool {
        let may_match = |rule: &Rule| rule.may_match(caller.kind().name, caller.subject());
        self.tokens.contains(&caller.token()) || self.rules.iter().any(may_match)
    }
}

impl Shared {
    pub(super) fn recheck(&self, caller: &AnyCaller) -> Hit {
        let lease = self.lease.get();
        // To be checked again is no use of the token.
        let said = caller.build();
        let check = |found: Found<'_>| self.hit(lease, &found, said, self.clocks.now());
        self.cache.look_for(caller.token(), check).unwrap_or(Hit::Miss)
    }

    pub(super) async fn until_invalid(&self, caller: &AnyCaller) -> Refused {
        let end = end_of(caller);
        // Before the first look: what is revoked after it is heard of.
        let mut changes = self.changes.subscribe();
        let mut is_concerned = true;
        loop {
            if is_past(end, self.clocks.now()) {
                return Refused::Expired;
            }
            if is_concerned && let Err(refused) = self.look_again(caller).await {
                return refused;
            }
            self.set_alarm(end);
            is_concerned = match changes.recv().await {
                Ok(Change::Revoked(heard)) => heard.concerns(caller),
                Ok(Change::Time) => false,
                Ok(Change::All) | Err(RecvError::Lagged(_)) => true,
                // Not while the verifier is there.
                Err(RecvError::Closed) => return super::flight::UNAVAILABLE,
            };
        }
    }

    async fn look_again(&self, caller: &AnyCaller) -> Result<(), Refused> {
        match self.recheck(caller) {
            Hit::Caller(_) => Ok(()),
            Hit::Refused(refused) => Err(refused),
            Hit::Miss => self.read_again(caller).await,
        }
    }

    fn set_alarm(&self, end: Moment) {
        let mut alarm = lock(&self.alarm);
        let earlier = alarm.unwrap_or(Moment::NEVER);
        *alarm = Some(Moment {
            wall: earlier.wall.min(end.wall),
            monotonic: earlier.monotonic.min(end.monotonic),
        });
    }

    fn take_alarm(&self, now: Moment) -> bool {
        let mut alarm = lock(&self.alarm);
        let is_due = alarm.is_some_and(|at| is_past(at, now));
        if is_due {
            *alarm = None;
        }
        is_due
    }
}

/// Until when what the caller has begun may go on. A token for one use must be used before it expires; what it opened lasts longer.
fn end_of(caller: &AnyCaller) -> Moment {
    let deadline = caller.deadline();
    let longer = if is_once(caller.kind()) { LONGEST_STREAM } else { Duration::ZERO };
    Moment {
        wall: deadline.wall.saturating_add(longer),
        monotonic: deadline.monotonic.saturating_add(longer),
    }
}

fn is_past(end: Moment, now: Moment) -> bool {
    now.wall >= end.wall || now.monotonic >= end.monotonic
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
        if had_lease && !has_lease {
            shared.tell(Change::All);
        }
        if is_due {
            shared.tell(Change::Time);
        }
        had_lease = has_lease;
    }
}

/// How late somebody who waits may hear of an expiry or a lost lease.
const SOON: Duration = Duration::from_millis(20);

const LATER: Duration = Duration::from_millis(100);
