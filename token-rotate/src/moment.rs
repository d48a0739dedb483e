//! The two clocks, and the moments that they show.

use std::{sync::Arc, time::Duration};

use token_core::{Clock, SystemClock};

/// What both clocks show, or when something is to happen by either of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970.
    pub wall: Duration,
    /// Since the moment from which the monotonic clock counts.
    pub monotonic: Duration,
}

impl Moment {
    /// After all others.
    pub const NEVER: Self = Self { wall: Duration::MAX, monotonic: Duration::MAX };

    /// A moment by the monotonic clock alone, which nobody can set.
    #[must_use]
    pub const fn by_monotonic(monotonic: Duration) -> Self {
        Self { wall: Duration::MAX, monotonic }
    }

    /// Whether it has come, by the clock that is further ahead.
    #[inline]
    #[must_use]
    pub fn has_come(&self, now: Self) -> bool {
        now.wall >= self.wall || now.monotonic >= self.monotonic
    }

    /// How long until it comes.
    #[must_use]
    pub fn left(&self, now: Self) -> Duration {
        let by_wall = self.wall.saturating_sub(now.wall);
        by_wall.min(self.monotonic.saturating_sub(now.monotonic))
    }

    /// So much later.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        let Self { wall, monotonic } = self;
        Self { wall: wall.saturating_add(time), monotonic: monotonic.saturating_add(time) }
    }

    /// So much earlier. `NEVER` stays.
    #[must_use]
    pub fn before(self, time: Duration) -> Self {
        let earlier = |clock: Duration| match clock {
            Duration::MAX => Duration::MAX,
            clock => clock.saturating_sub(time),
        };
        Self { wall: earlier(self.wall), monotonic: earlier(self.monotonic) }
    }

    /// Whichever comes first, by each clock.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { wall: self.wall.min(other.wall), monotonic: self.monotonic.min(other.monotonic) }
    }
}

/// The clocks on which tokens are admitted. The system's are a variant of their own, so that reading them is inlined.
#[derive(Clone)]
pub(crate) enum Clocks {
    System,
    Given(Arc<dyn Clock>),
}

impl Clocks {
    #[inline]
    pub(crate) fn now(&self) -> Moment {
        match self {
            Self::System => read(&SystemClock),
            Self::Given(clock) => read(&**clock),
        }
    }
}

#[inline]
fn read(clock: &(impl Clock + ?Sized)) -> Moment {
    // The monotonic clock first: a pause between the two readings then ends a token's life sooner, and never later.
    let monotonic = clock.monotonic();
    Moment { wall: clock.wall(), monotonic }
}
