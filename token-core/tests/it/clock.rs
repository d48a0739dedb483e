//! Clocks: never behind the true time, close to it, never back.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use time::UtcDateTime;
use token_core::{Clock, ManualClock, SystemClock, Token};

use crate::support::{NOW, ci_grant, kind, secret, secs};

const SAMPLES: u32 = 200_000;
const CLOSE: Duration = Duration::from_millis(50);

fn precise() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

#[test]
fn the_wall_clock_is_never_behind_and_at_most_50_ms_ahead() {
    for _ in 0..SAMPLES {
        let before = precise();
        let ours = SystemClock.wall();
        let after = precise();
        assert!(ours >= before, "{:?} behind", before - ours);
        assert!(ours <= after + CLOSE, "{:?} ahead", ours - after);
    }
}

/// What counts from now counts from then: see the lifetime of `expires_in`.
#[test]
fn a_reading_less_what_it_may_be_ahead_is_not_ahead() {
    for _ in 0..SAMPLES {
        let ours = SystemClock.wall() - SystemClock.ahead_by();
        assert!(ours <= precise());
    }
    assert_eq!(ManualClock::new(NOW).ahead_by(), Duration::ZERO);
}

/// A clock that is ahead may end a lifetime early, but not late.
#[test]
fn a_lifetime_that_starts_now_does_not_end_late() {
    for _ in 0..100 {
        let grant = ci_grant().expires_in(secs(30));
        let token = Token::<kind::Ci>::admit(secret(), &grant).unwrap();
        assert!(token.expires_at().unwrap() <= UtcDateTime::now() + secs(30));
    }
}

#[test]
fn the_wall_clock_is_never_behind_when_it_was_idle() {
    for pause in [0, 1, 3, 5, 7, 11, 13, 17, 29] {
        thread::sleep(Duration::from_millis(pause));
        let before = precise();
        assert!(SystemClock.wall() >= before);
    }
}

#[test]
fn the_monotonic_clock_never_goes_back() {
    let mut last = SystemClock.monotonic();
    for _ in 0..SAMPLES {
        let now = SystemClock.monotonic();
        assert!(now >= last);
        last = now;
    }
}

/// An interval that our clock measured may be off by one granule, either way.
#[test]
fn the_monotonic_clock_measures_time() {
    let (start, ours) = (Instant::now(), SystemClock.monotonic());
    thread::sleep(Duration::from_millis(120));
    let (true_time, measured) = (start.elapsed(), SystemClock.monotonic() - ours);
    assert!(measured + CLOSE >= true_time, "{measured:?} of {true_time:?}");
    assert!(measured <= start.elapsed() + CLOSE, "{measured:?} of {true_time:?}");
}

#[test]
fn a_manual_clock_stands_still_until_it_is_turned() {
    let clock = ManualClock::new(NOW);
    let noon = Duration::from_secs(NOW.unix_timestamp() as u64);
    assert_eq!((clock.wall(), clock.monotonic()), (noon, Duration::ZERO));

    clock.advance(secs(60));
    assert_eq!((clock.wall(), clock.monotonic()), (noon + secs(60), secs(60)));

    clock.advance_monotonic(secs(5));
    assert_eq!((clock.wall(), clock.monotonic()), (noon + secs(60), secs(65)));

    clock.set_wall(NOW - secs(3600));
    assert_eq!((clock.wall(), clock.monotonic()), (noon - secs(3600), secs(65)));

    clock.advance(Duration::from_nanos(1));
    assert_eq!(clock.monotonic(), secs(65) + Duration::from_nanos(1));
}

#[test]
fn a_manual_clock_shows_its_hands() {
    let clock = ManualClock::new(UtcDateTime::UNIX_EPOCH);
    clock.advance(secs(90));
    clock.advance_monotonic(secs(5));
    assert_eq!(format!("{clock:?}"), "ManualClock { wall: 90s, monotonic: 95s }");
}

#[test]
fn a_manual_clock_before_1970_shows_the_epoch() {
    let clock = ManualClock::new(UtcDateTime::UNIX_EPOCH - secs(1));
    assert_eq!(clock.wall(), Duration::ZERO);
    clock.set_wall(UtcDateTime::MIN);
    assert_eq!(clock.wall(), Duration::ZERO);
}

#[test]
fn a_manual_clock_never_runs_backwards_when_it_is_advanced() {
    let clock = ManualClock::new(NOW);
    clock.advance(secs(1));
    for by in [Duration::MAX, Duration::from_nanos(u64::MAX), secs(1)] {
        let (wall, monotonic) = (clock.wall(), clock.monotonic());
        clock.advance(by);
        assert!(clock.wall() >= wall, "advanced by {by:?}");
        assert!(clock.monotonic() >= monotonic, "advanced by {by:?}");
    }
}

#[test]
fn a_manual_clock_is_shared() {
    let clock = Arc::new(ManualClock::new(NOW));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1000).for_each(|_| clock.advance(secs(1))));
        }
    });
    assert_eq!(clock.monotonic(), secs(4000));
}
