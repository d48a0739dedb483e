//! Driven by threads, on the system's clocks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use token_core::{Admission, Current};
use token_rotate::{Attempt, ErrorKind, Failure, Fetched, Issuer, Rotating};

use crate::support::{List, Say, Told, kind, living, secs};

/// Gives tokens that live for three seconds, so that one is fetched about every other second.
struct Short(AtomicU64);

impl Issuer<kind::Plain> for Short {
    fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(living(secs(3)))
    }
}

#[test]
fn readers_never_see_a_failure_while_tokens_come_and_go() {
    let issuer = Arc::new(Short(AtomicU64::new(0)));
    let options = Rotating::<kind::Plain>::options(Admission::new(), issuer.clone());
    let rotating = options.start().unwrap();
    let mut changes = rotating.watch();
    let (began, reads) = (Instant::now(), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while began.elapsed() < secs(7) {
                    let _ = rotating.current().unwrap().expose_for(&List).unwrap();
                    let lease = Current::current(&rotating).unwrap();
                    let _ = lease.expose_for(&List).unwrap();
                    reads.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_micros(200));
                }
            });
        }
        assert!(changes.wait(secs(4)));
    });
    let fetches = issuer.0.load(Ordering::SeqCst);
    assert!((3..=8).contains(&fetches), "{fetches}");
    assert_eq!(changes.revision(), rotating.health().revision);
    rotating.close(secs(5)).unwrap();
    assert_eq!(rotating.current().unwrap_err().kind(), ErrorKind::Closed);
    assert!(!changes.wait(secs(5)) || !changes.wait(secs(5)), "nothing comes any more");
}

#[test]
fn a_start_that_fails_says_what_the_issuer_said_and_leaves_nothing_running() {
    let issuer = Told::to([Say::Final]);
    let error =
        Rotating::<kind::Ci>::options(Admission::new(), issuer.clone()).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(format!("{error:#}").ends_with(": the account is gone"));
    let began = Instant::now();
    while Arc::strong_count(&issuer) > 1 {
        assert!(began.elapsed() < secs(5), "a thread keeps the issuer");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn who_waits_gets_the_token_that_comes() {
    let issuer = Told::to([Say::Fail, Say::Live(secs(60))]);
    let options = Rotating::<kind::Ci>::options(Admission::new(), issuer.clone());
    let rotating = options.start_empty().unwrap();
    thread::scope(|scope| {
        let waiters: Vec<_> =
            (0..50).map(|_| scope.spawn(|| rotating.wait(secs(10)).map(drop))).collect();
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap().unwrap());
    });
    assert_eq!(issuer.fetches(), 2);
}

#[test]
fn who_waits_too_long_hears_why() {
    let rotating =
        Rotating::<kind::Ci>::options(Admission::new(), Told::to([])).start_empty().unwrap();
    let error = rotating.wait(Duration::from_millis(200)).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(format!("{error:#}").ends_with(": down"), "{error:#}");
}

/// Panics first, and then is well.
struct Panics(AtomicBool);

impl Issuer<kind::Ci> for Panics {
    fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        assert!(self.0.swap(true, Ordering::SeqCst), "the first time");
        Ok(living(secs(60)))
    }
}

#[test]
fn an_issuer_that_panics_has_failed() {
    let options = Rotating::<kind::Ci>::options(Admission::new(), Panics(AtomicBool::new(false)));
    let rotating = options.start_empty().unwrap();
    assert!(rotating.wait(secs(10)).is_ok());
    let options = Rotating::<kind::Ci>::options(Admission::new(), Panics(AtomicBool::new(false)));
    let error = options.start().unwrap_err();
    assert!(format!("{error:#}").ends_with("the issuer panicked"), "{error:#}");
}

/// Does not return until it is told to.
struct Hangs(Arc<AtomicBool>);

impl Issuer<kind::Ci> for Hangs {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        match attempt.number() {
            1 => {
                while !self.0.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            _ => assert!(!attempt.is_cancelled()),
        }
        Ok(living(secs(60)))
    }
}

#[test]
fn a_fetch_that_hangs_is_given_up_and_another_one_begins() {
    let ends = Arc::new(AtomicBool::new(false));
    let options = Rotating::<kind::Ci>::options(Admission::new(), Hangs(ends.clone()));
    let rotating = options.patience(Duration::from_millis(100)).start_empty().unwrap();
    assert!(rotating.wait(secs(10)).is_ok());
    ends.store(true, Ordering::SeqCst);
    rotating.close(secs(5)).unwrap();
}

/// Gives another token at each look, once a second.
struct Restless;

impl Issuer<kind::Plain> for Restless {
    fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        Ok(living(secs(30 * 86_400)))
    }

    fn poll_every(&self) -> Option<Duration> {
        Some(secs(1))
    }
}

/// Readers and one that swaps as fast as it can: each reader gets a valid token every time. `ROTATE_SWAPS` says how many swaps.
#[test]
fn swaps_do_not_disturb_readers() {
    let swaps: u64 = std::env::var("ROTATE_SWAPS").map_or(3_000, |number| number.parse().unwrap());
    let clock = crate::support::clock();
    let admission = Admission::with_clock(clock.clone());
    let (rotating, hand) = Rotating::<kind::Plain>::options(admission, Restless).by_hand();
    hand.step();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let token = rotating.current().unwrap();
                    let _ = token.expose_for(&List).unwrap();
                    let lease = Current::current(&rotating).unwrap();
                    let _ = lease.expose_for(&List).unwrap();
                }
            });
        }
        for _ in 0..swaps {
            clock.advance(secs(1));
            hand.step();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(rotating.health().revision, swaps + 1);
    hand.step();
    assert_eq!(rotating.health().leases, 0, "no lease is left");
}
