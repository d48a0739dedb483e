//! The clocks of a verifier.

use std::{sync::Arc, time::Duration};

use token_core::{Clock, SystemClock};

use crate::lease::Moment;

/// The clocks of a verifier. The system's are a variant of their own, so that reading them is inlined.
#[derive(Clone)]
pub(super) enum Clocks {
    System,
    Given(Arc<dyn Clock>),
}

impl Clocks {
    /// The latest that the true time may be.
    #[inline]
    pub(super) fn now(&self) -> Moment {
        match self {
            Self::System => read(&SystemClock),
            Self::Given(clock) => read(&**clock),
        }
    }

    /// The earliest that the true time may be.
    pub(super) fn earliest(&self) -> Moment {
        let Moment { wall, monotonic } = self.now();
        let ahead_by = match self {
            Self::System => SystemClock.ahead_by(),
            Self::Given(clock) => clock.ahead_by(),
        };
        let [wall, monotonic] = [wall, monotonic].map(|time| time.saturating_sub(ahead_by));
        Moment { wall, monotonic }
    }
}

#[inline]
fn read(clock: &(impl Clock + ?Sized)) -> Moment {
    // The monotonic clock first: a pause between the two readings then ends a token's life sooner, and never later.
    let monotonic = clock.monotonic();
    Moment { wall: clock.wall(), monotonic }
}

/// Whole seconds since 1970, as memory has them.
#[inline]
pub(super) fn seconds(wall: Duration) -> u32 {
    u32::try_from(wall.as_secs()).unwrap_or(u32::MAX)
}

/// Eighths of a second of the monotonic clock, as memory has them: 17 years of them fit.
#[inline]
pub(super) fn eighths(monotonic: Duration) -> u32 {
    let eighths = monotonic.as_secs() * 8 + u64::from(monotonic.subsec_nanos() / 125_000_000);
    u32::try_from(eighths).unwrap_or(u32::MAX)
}

/// What [`eighths`] stands for.
#[inline]
pub(super) fn of_eighths(eighths: u32) -> Duration {
    Duration::from_millis(u64::from(eighths) * 125)
}
