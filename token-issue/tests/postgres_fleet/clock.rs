//! Moments on the clock that all processes of a machine share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds on the monotonic clock. Zero is never now.
pub(crate) type Moment = u64;

pub(crate) const SECOND: Moment = 1_000_000_000;

pub(crate) fn now() -> Moment {
    let time = clock_gettime(ClockId::Monotonic);
    u64::try_from(time.tv_sec).unwrap() * SECOND + u64::try_from(time.tv_nsec).unwrap()
}

pub(crate) fn ms(from: Moment, to: Moment) -> i64 {
    (i64::try_from(to).unwrap() - i64::try_from(from).unwrap()) / 1_000_000
}

pub(crate) fn sleep(ms: u64) {
    thread::sleep(Duration::from_millis(ms));
}

pub(crate) fn sleep_until(moment: Moment) {
    thread::sleep(Duration::from_nanos(moment.saturating_sub(now())));
}

/// Measures how long this process waits for a processor: by how much in all a thread wakes too late that sleeps for 10 ms
/// again and again.
pub(crate) struct Starved {
    late: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

impl Starved {
    pub(crate) fn start() -> Self {
        let (late, is_over) = <(Arc<AtomicU64>, Arc<AtomicBool>)>::default();
        let (noted, until) = (Arc::clone(&late), Arc::clone(&is_over));
        thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                let before = now();
                sleep(10);
                let more = (now() - before).saturating_sub(11_000_000);
                noted.fetch_add(more, Ordering::Relaxed);
            }
        });
        Self { late, is_over }
    }

    /// Since the last call, in milliseconds.
    pub(crate) fn take(&self) -> i64 {
        ms(0, self.late.swap(0, Ordering::Relaxed))
    }
}

impl Drop for Starved {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}
