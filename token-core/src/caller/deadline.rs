//! Until when a verified token is valid, by both clocks.

use core::time::Duration;

use time::UtcDateTime;

use crate::{
    Clock,
    clock::{self, Now},
};

/// The moment from which on a token is invalid, by the wall clock and by the monotonic clock. The one that comes first
/// counts, so a wall clock that is set back makes no token live longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Since the Unix epoch.
    pub wall: Duration,
    /// Since the moment from which the monotonic clock counts.
    pub monotonic: Duration,
}

impl Deadline {
    /// The deadline that lies `lifetime` after now.
    #[must_use]
    pub fn after(lifetime: Duration, clock: &dyn Clock) -> Self {
        Self::from(Now::read(clock), lifetime)
    }

    /// The deadline at `moment` of the wall clock. The monotonic clock's is as far away, as of now.
    #[must_use]
    pub fn at(moment: UtcDateTime, clock: &dyn Clock) -> Self {
        let now = Now::read(clock);
        Self::from(now, clock::since_epoch(moment).saturating_sub(now.wall))
    }

    fn from(now: Now, lifetime: Duration) -> Self {
        Self {
            wall: now.wall.saturating_add(lifetime),
            monotonic: now.monotonic.saturating_add(lifetime),
        }
    }

    /// Whether it has passed.
    #[inline]
    #[must_use]
    pub fn is_past(&self, clock: &dyn Clock) -> bool {
        self.is_past_at(Now::read(clock))
    }

    #[inline]
    pub(super) fn is_past_at(&self, now: Now) -> bool {
        now.wall >= self.wall || now.monotonic >= self.monotonic
    }
}
