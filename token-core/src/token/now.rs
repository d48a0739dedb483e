//! What time it is for a token.

use alloc::sync::Arc;
use core::time::Duration;

use crate::clock::Clock;

/// The clocks that a token reads.
#[derive(Clone)]
pub(super) enum Time {
    /// Not behind a pointer, so that the common case is inlined.
    #[cfg(feature = "std")]
    System,
    Given(Arc<dyn Clock>),
}

/// One reading of both clocks.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) wall: Duration,
    pub(super) monotonic: Duration,
}

impl Time {
    pub(super) fn now(&self) -> Now {
        match self {
            #[cfg(feature = "std")]
            Self::System => Now::read(&crate::clock::SystemClock),
            Self::Given(clock) => Now::read(&**clock),
        }
    }

    fn ahead_by(&self) -> Duration {
        match self {
            #[cfg(feature = "std")]
            Self::System => crate::clock::SystemClock.ahead_by(),
            Self::Given(clock) => clock.ahead_by(),
        }
    }
}

impl Now {
    /// The earliest that the wall clock may truly show.
    pub(super) fn at_the_earliest(&self, time: &Time) -> Duration {
        self.wall.saturating_sub(time.ahead_by())
    }

    #[inline]
    pub(super) fn read(clock: &(impl Clock + ?Sized)) -> Self {
        // In this order, so that a pause in between shortens what is left.
        let monotonic = clock.monotonic();
        Self { wall: clock.wall(), monotonic }
    }
}
