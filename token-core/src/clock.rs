//! The clocks that admissions and exposures read.

use alloc::sync::Arc;
#[cfg(target_has_atomic = "64")]
pub(crate) use core::sync::atomic::AtomicU64;
use core::{fmt, sync::atomic::Ordering, time::Duration};

#[cfg(not(target_has_atomic = "64"))]
pub(crate) use portable_atomic::AtomicU64;
use time::UtcDateTime;

/// The two clocks of a token: a wall clock, which an administrator may set, and a monotonic clock,
/// which nobody can set.
///
/// A token is expired as soon as *either* says so. Both readings are plain [`Duration`]s because
/// they are compared at every exposure, and a calendar type would cost more than the comparison.
///
/// A reading may be ahead of the true time by up to [`ahead_by`](Self::ahead_by), but never behind
/// it: a token may be refused a moment early, but is not used a moment late.
///
/// ```
/// use std::time::Duration;
/// use token_core::{Clock, ManualClock, UtcDateTime};
///
/// /// Asks the host of a program without clocks of its own.
/// struct Host;
///
/// impl Clock for Host {
///     fn wall(&self) -> Duration {
/// #       fn host_now() -> Duration { Duration::from_secs(1_700_000_000) }
///         host_now()
///     }
///     fn monotonic(&self) -> Duration {
/// #       fn host_uptime() -> Duration { Duration::from_secs(60) }
///         host_uptime()
///     }
/// }
/// # assert!(Host.wall() > Host.monotonic());
/// ```
pub trait Clock: Send + Sync {
    /// The time since the Unix epoch.
    fn wall(&self) -> Duration;

    /// The time since any fixed moment. Never goes back.
    fn monotonic(&self) -> Duration;

    /// How far a reading may be ahead of the true time. A lifetime that starts now is counted from
    /// this much earlier.
    fn ahead_by(&self) -> Duration {
        Duration::ZERO
    }
}

/// The operating system's clocks.
///
/// On Linux these are the coarse clocks (`CLOCK_REALTIME_COARSE` and `CLOCK_MONOTONIC_COARSE`), which
/// cost a third of a precise reading and lag by at most one timer tick. One tick is added, so a
/// reading is at most 10 ms ahead and never behind. On other systems they are those of `std::time`.
///
/// This type does not exist on wasm32-unknown-unknown, where `std::time` panics: give
/// [`Token::admit_with_clock`](crate::Token::admit_with_clock) a [`Clock`] that asks the host.
#[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(all(feature = "std", target_os = "linux"))]
impl Clock for SystemClock {
    #[inline]
    fn wall(&self) -> Duration {
        coarse(rustix::time::ClockId::RealtimeCoarse)
    }

    #[inline]
    fn monotonic(&self) -> Duration {
        coarse(rustix::time::ClockId::MonotonicCoarse)
    }

    fn ahead_by(&self) -> Duration {
        Duration::from_nanos(TICK_NANOS.into())
    }
}

/// The slowest timer a Linux kernel is built with ticks at 100 Hz.
#[cfg(all(feature = "std", target_os = "linux"))]
const TICK_NANOS: u32 = 10_000_000;

#[cfg(all(feature = "std", target_os = "linux"))]
#[inline]
fn coarse(clock: rustix::time::ClockId) -> Duration {
    let now = rustix::time::clock_gettime(clock);
    // A clock that is set before 1970 reads as 1970.
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, now.tv_nsec as u32 + TICK_NANOS)
}

#[cfg(all(
    feature = "std",
    not(target_os = "linux"),
    not(all(target_family = "wasm", target_os = "unknown"))
))]
impl Clock for SystemClock {
    fn wall(&self) -> Duration {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO)
    }

    fn monotonic(&self) -> Duration {
        static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        ORIGIN.get_or_init(std::time::Instant::now).elapsed()
    }
}

/// The clocks that a token reads.
#[derive(Clone)]
pub(crate) enum Time {
    /// A variant of its own and not an `Arc<dyn Clock>`, so that reading the system's clocks is inlined.
    #[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
    System,
    Given(Arc<dyn Clock>),
}

/// One reading of both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    pub(crate) wall: Duration,
    pub(crate) monotonic: Duration,
}

impl Time {
    #[inline]
    pub(crate) fn now(&self) -> Now {
        match self {
            #[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
            Self::System => Now::read(&SystemClock),
            Self::Given(clock) => Now::read(&**clock),
        }
    }

    /// The earliest that the true time may have been at the reading `now`.
    pub(crate) fn earliest(&self, now: Now) -> Duration {
        let ahead_by = match self {
            #[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
            Self::System => SystemClock.ahead_by(),
            Self::Given(clock) => clock.ahead_by(),
        };
        now.wall.saturating_sub(ahead_by)
    }
}

impl Now {
    #[inline]
    pub(crate) fn read(clock: &(impl Clock + ?Sized)) -> Self {
        // The monotonic clock first: a pause between the two readings then shortens the remaining
        // lifetime, and never lengthens it.
        let monotonic = clock.monotonic();
        Self { wall: clock.wall(), monotonic }
    }
}

/// A clock that stands still until a test moves it.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use time::UtcDateTime;
/// use token_core::{Clock, ManualClock};
///
/// let clock = Arc::new(ManualClock::new(UtcDateTime::now()));
/// clock.advance(Duration::from_secs(60));      // time passes
/// clock.set_wall(UtcDateTime::UNIX_EPOCH);     // somebody sets the clock back
/// assert_eq!(clock.monotonic(), Duration::from_secs(60));
/// ```
pub struct ManualClock {
    /// Nanoseconds since the Unix epoch.
    wall: AtomicU64,
    /// Nanoseconds since the clock was made.
    monotonic: AtomicU64,
}

impl ManualClock {
    /// A clock whose wall shows `now`.
    #[must_use]
    pub const fn new(now: UtcDateTime) -> Self {
        Self { wall: AtomicU64::new(nanos_since_epoch(now)), monotonic: AtomicU64::new(0) }
    }

    /// Lets time pass, on both clocks.
    pub fn advance(&self, by: Duration) {
        turn(&self.wall, by);
        self.advance_monotonic(by);
    }

    /// Lets time pass on the monotonic clock only, as when the wall clock is
    /// held back.
    pub fn advance_monotonic(&self, by: Duration) {
        turn(&self.monotonic, by);
    }

    /// Sets the wall clock, forwards or back. The monotonic clock goes on.
    pub fn set_wall(&self, now: UtcDateTime) {
        self.wall.store(nanos_since_epoch(now), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Duration {
        Duration::from_nanos(self.wall.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.monotonic.load(Ordering::SeqCst))
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock")
            .field("wall", &self.wall())
            .field("monotonic", &self.monotonic())
            .finish()
    }
}

/// The time from the Unix epoch to `moment`; zero for a moment before 1970.
pub(crate) const fn since_epoch(moment: UtcDateTime) -> Duration {
    let nanos = moment.unix_timestamp_nanos();
    if nanos < 0 {
        return Duration::ZERO;
    }
    Duration::new((nanos / NANOS_PER_SECOND) as u64, (nanos % NANOS_PER_SECOND) as u32)
}

/// The moment of the calendar at a time since the Unix epoch; beyond the calendar's end, its last moment.
pub(crate) fn moment(since_epoch: Duration) -> UtcDateTime {
    i128::try_from(since_epoch.as_nanos())
        .ok()
        .and_then(|nanos| UtcDateTime::from_unix_timestamp_nanos(nanos).ok())
        .unwrap_or(UtcDateTime::MAX)
}

const fn nanos_since_epoch(moment: UtcDateTime) -> u64 {
    let nanos = since_epoch(moment).as_nanos();
    if nanos > u64::MAX as u128 { u64::MAX } else { nanos as u64 }
}

/// Moves a clock forwards, at most to the largest value that it can hold.
fn turn(hand: &AtomicU64, by: Duration) {
    let turned = |now: u64| Some(now.saturating_add(nanos(by)));
    let _ = hand.fetch_update(Ordering::SeqCst, Ordering::SeqCst, turned);
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

const NANOS_PER_SECOND: i128 = 1_000_000_000;
