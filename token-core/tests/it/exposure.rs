//! Exposure: only while valid, by both clocks, whole or not at all.

use std::{
    panic,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use proptest::{collection::vec, prelude::*};
use token_core::{Clock, ErrorKind, Exposed, Grant, ManualClock, SystemClock, Token};

use test_support::alloc_watch::frees_of;

use crate::support::{
    ListRepos, NANO, NOW, TEXT, ci_grant, ci_token, clock, kind, kind_of, secret, secs,
};

type Ci = Token<kind::Ci>;

fn exposes(token: &Ci) -> bool {
    match token.expose_for(&ListRepos) {
        Ok(exposed) => {
            assert_eq!(exposed.as_str(), TEXT);
            assert_eq!(exposed.as_bytes(), TEXT.as_bytes());
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Expired);
            assert!(error.is_expired());
            false
        }
    }
}

#[test]
fn a_valid_token_is_exposed_again_and_again() {
    let token = ci_token(&clock(), secs(60));
    for _ in 0..100 {
        assert!(exposes(&token));
        token.check().unwrap();
    }
}

#[test]
fn expiry_is_exact_by_either_clock_alone() {
    let wall = clock();
    let token = ci_token(&wall, secs(60));
    wall.set_wall(NOW + secs(60) - NANO);
    assert!(exposes(&token), "a nanosecond before, by the wall clock");
    wall.set_wall(NOW + secs(60));
    assert!(!exposes(&token), "by the wall clock alone");

    let monotonic = clock();
    let token = ci_token(&monotonic, secs(60));
    monotonic.advance_monotonic(secs(60) - NANO);
    assert!(exposes(&token), "a nanosecond before, by the monotonic clock");
    monotonic.advance_monotonic(NANO);
    assert!(!exposes(&token), "by the monotonic clock alone");
}

#[test]
fn a_clock_set_back_prolongs_nothing() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    for _ in 0..59 {
        clock.advance(secs(1));
        clock.set_wall(NOW - secs(3600));
        assert!(exposes(&token));
    }
    clock.advance(secs(1));
    clock.set_wall(NOW - secs(3600));
    assert!(!exposes(&token));
}

#[test]
fn a_clock_set_back_never_revives() {
    for found_by in ["expose", "check", "remaining"] {
        let clock = clock();
        let token = ci_token(&clock, secs(60));
        clock.set_wall(NOW + secs(60));
        match found_by {
            "expose" => assert!(!exposes(&token)),
            "remaining" => assert_eq!(token.remaining(), Duration::ZERO),
            _ => assert_eq!(kind_of(token.check()), Some(ErrorKind::Expired)),
        }
        clock.set_wall(NOW);
        assert!(!exposes(&token), "found by {found_by}");
        assert_eq!(kind_of(token.check()), Some(ErrorKind::Expired), "found by {found_by}");
        assert_eq!(token.remaining(), Duration::ZERO, "found by {found_by}");
        assert_eq!(kind_of(token.spend_for(&ListRepos)), Some(ErrorKind::Expired), "{found_by}");
    }
}

#[test]
fn leeway_prolongs_both_clocks() {
    let clock = clock();
    let grant = Grant::new("repo:read").expires_in(secs(60));
    let token = Token::<kind::Lenient>::admit_with_clock(secret(), &grant, clock.clone()).unwrap();
    assert_eq!((token.remaining(), token.expires_at()), (secs(90), Some(NOW + secs(90))));
    clock.advance(secs(90) - NANO);
    assert!(token.check().is_ok());
    clock.advance(NANO);
    assert!(token.check().is_err());
}

#[test]
fn remaining_follows_the_clock_that_is_further_ahead() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    assert_eq!(token.remaining(), secs(60));
    clock.advance(secs(10));
    assert_eq!(token.remaining(), secs(50));
    clock.advance_monotonic(secs(5));
    assert_eq!(token.remaining(), secs(45));
    clock.set_wall(NOW + secs(30));
    assert_eq!(token.remaining(), secs(30));
    clock.set_wall(NOW - secs(600));
    assert_eq!(token.remaining(), secs(45), "not longer than the monotonic clock allows");
    clock.advance_monotonic(secs(600));
    assert_eq!(token.remaining(), Duration::ZERO);
    assert_eq!(token.expires_at(), Some(NOW + secs(60)), "a fact that no clock changes");
}

#[test]
fn spending_uses_the_token_up() {
    let spent = ci_token(&clock(), secs(60)).spend_for(&ListRepos).unwrap();
    assert_eq!(spent.as_str(), TEXT);

    let grant = Grant::new("repo:read").expires_in(secs(60));
    let once = Token::<kind::OneShot>::admit_with_clock(secret(), &grant, clock()).unwrap();
    assert_eq!(once.spend_for(&ListRepos).unwrap().as_bytes(), TEXT.as_bytes());
}

#[test]
fn an_expired_token_cannot_be_spent() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    clock.advance(secs(60));
    assert_eq!(kind_of(token.spend_for(&ListRepos)), Some(ErrorKind::Expired));
}

/// The refusal, not the drop, wipes: the block is clean though the token lives on.
#[test]
fn an_expired_token_is_wiped_however_it_ends() {
    for end in ["dropped", "spent", "asked"] {
        let seen = frees_of(3011, || {
            let clock = clock();
            let secret = vec![b'x'; 3011].into();
            let token = Ci::admit_with_clock(secret, &ci_grant(), clock.clone()).unwrap();
            clock.advance(secs(600));
            match end {
                "dropped" => drop(token.check()),
                "asked" => assert_eq!(token.remaining(), Duration::ZERO),
                _ => drop(token.spend_for(&ListRepos)),
            }
        });
        assert!(seen.is_clean(), "{end}: {seen:?}");
    }
}

/// An error says that the token is wiped only if it is.
#[test]
fn an_error_tells_what_became_of_the_token() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    let fate = || token.check().unwrap_err().to_string();
    let exposed = token.expose_for(&ListRepos).unwrap();
    clock.advance(secs(60));
    assert_eq!(token.remaining(), Duration::ZERO);
    assert!(fate().contains("has expired and is wiped when its last exposure ends"), "{}", fate());
    drop(exposed);
    assert!(fate().contains("has expired and is wiped: "), "{}", fate());
}

#[test]
fn an_exposure_alive_at_expiry_stays_readable() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    let first = token.expose_for(&ListRepos).unwrap();
    let second = token.expose_for(&ListRepos).unwrap();
    clock.advance(secs(60));
    assert_eq!(kind_of(token.check()), Some(ErrorKind::Expired));
    assert_eq!(kind_of(token.expose_for(&ListRepos)), Some(ErrorKind::Expired));
    assert_eq!((first.as_str(), second.as_str()), (TEXT, TEXT));
    drop(first);
    assert_eq!(second.as_str(), TEXT, "until the last one ends");
    assert_eq!(kind_of(token.check()), Some(ErrorKind::Expired));
    assert_eq!(second.as_str(), TEXT);
    drop(second);
    clock.set_wall(NOW);
    assert_eq!(kind_of(token.check()), Some(ErrorKind::Expired));
}

#[test]
fn a_thread_may_hold_many_exposures() {
    let clock = clock();
    let tokens: Vec<Ci> = (0..10).map(|_| ci_token(&clock, secs(60))).collect();
    let held: Vec<Exposed<'_>> =
        tokens.iter().map(|token| token.expose_for(&ListRepos).unwrap()).collect();
    let again: Vec<Exposed<'_>> =
        (0..10).map(|_| tokens[0].expose_for(&ListRepos).unwrap()).collect();
    clock.advance(secs(60));
    assert!(tokens.iter().all(|token| token.check().is_err()));
    assert!(held.iter().chain(&again).all(|exposed| exposed.as_str() == TEXT));
    drop(held);
    assert!(again.iter().all(|exposed| exposed.as_str() == TEXT));
    drop(again);
    assert!(tokens.iter().all(|token| token.check().is_err()));
}

/// More exposures than a thread has hazard pointers, dropped in every order.
#[test]
fn the_order_in_which_exposures_end_does_not_matter() {
    for first in 0..6 {
        for step in [1, 5] {
            let clock = clock();
            let token = ci_token(&clock, secs(60));
            let mut held: Vec<Option<Exposed<'_>>> =
                (0..6).map(|_| token.expose_for(&ListRepos).ok()).collect();
            clock.advance(secs(60));
            assert!(token.check().is_err());
            for turn in 0..6 {
                held[(first + turn * step) % 6] = None;
                assert!(held.iter().flatten().all(|exposed| exposed.as_str() == TEXT));
            }
            assert!(token.check().is_err());
        }
    }
}

/// Moves an exposure to another thread in spite of its type, as a future on a runtime of one's own may.
struct Moved<'t>(Exposed<'t>);

// SAFETY: all that an exposure does is atomic; it is not `Send` only to keep it out of spawned futures.
unsafe impl Send for Moved<'_> {}

#[test]
fn an_exposure_may_end_on_another_thread() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel::<Moved<'_>>();
        for _ in 0..7 {
            send.send(Moved(token.expose_for(&ListRepos).unwrap())).unwrap();
        }
        drop(send);
        clock.advance(secs(60));
        assert!(token.check().is_err());
        let other = scope.spawn(move || receive.iter().all(|moved| moved.0.as_str() == TEXT));
        assert!(other.join().unwrap());
    });
    assert!(token.check().is_err());

    // The thread that exposed it has its slots back.
    let next = ci_token(&crate::support::clock(), secs(60));
    let held: Vec<_> = (0..5).map(|_| next.expose_for(&ListRepos).unwrap()).collect();
    assert!(held.iter().all(|exposed| exposed.as_str() == TEXT));
}

/// An exposure can outlive the thread that made it, whose slots go to others.
#[test]
fn an_exposure_may_outlive_its_thread() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    let exposed: Vec<Moved<'_>> = thread::scope(|scope| {
        let expose = |_| Moved(token.expose_for(&ListRepos).unwrap());
        let made = scope.spawn(move || (0..6).map(expose).collect());
        made.join().unwrap()
    });
    let successor = ci_token(&clock, secs(60));
    thread::scope(|scope| {
        scope.spawn(|| (0..100).for_each(|_| assert!(exposes(&successor))));
    });
    clock.advance(secs(60));
    assert!(token.check().is_err());
    assert!(exposed.iter().all(|moved| moved.0.as_str() == TEXT));
    drop(exposed);
    assert!(token.check().is_err());
}

#[test]
fn a_panic_during_an_exposure_gives_its_place_back() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    for _ in 0..20 {
        let panicked = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let _exposed = token.expose_for(&ListRepos).unwrap();
            panic::resume_unwind(Box::new(()));
        }));
        assert!(panicked.is_err());
    }
    clock.advance(secs(60));
    assert!(token.check().is_err());
}

/// Eight threads read while the clock passes the expiry: whoever got an exposure
/// sees the whole token from the first look to the last, never zeros.
#[test]
fn a_shared_token_is_whole_or_refused() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 400;
    let (exposed, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for round in 0..ROUNDS {
        let clock = clock();
        let token = Arc::new(ci_token(&clock, secs(60)));
        let start = Barrier::new(THREADS + 1);
        thread::scope(|scope| {
            for number in 0..THREADS {
                let (token, start) = (Arc::clone(&token), &start);
                let (exposed, refused) = (&exposed, &refused);
                scope.spawn(move || {
                    start.wait();
                    let (started, mut held) = (Instant::now(), Vec::new());
                    while let Ok(reading) = token.expose_for(&ListRepos) {
                        assert_eq!(reading.as_str(), TEXT, "at the first look");
                        exposed.fetch_add(1, Ordering::Relaxed);
                        assert!(started.elapsed() < secs(30), "never refused");
                        // Some hold several at a time, beyond the hazard pointers.
                        held.push(reading);
                        if held.len() > number % 4 * 3 {
                            assert!(held.iter().all(|held| held.as_str() == TEXT));
                            held.clear();
                        }
                    }
                    refused.fetch_add(1, Ordering::Relaxed);
                    assert!(held.iter().all(|held| held.as_str() == TEXT), "at the last look");
                    drop(held);
                    assert!(token.expose_for(&ListRepos).is_err(), "refused for good");
                });
            }
            start.wait();
            (0..round % 50 * 20).for_each(|_| std::hint::spin_loop());
            match round % 3 {
                0 => clock.advance(secs(60)),
                1 => clock.advance_monotonic(secs(60)),
                _ => clock.set_wall(NOW + secs(60)),
            }
        });
        clock.set_wall(NOW);
        assert!(!exposes(&token));
    }
    assert_eq!(refused.into_inner(), THREADS * ROUNDS);
    assert!(exposed.into_inner() > ROUNDS, "the threads did read");
}

#[test]
fn a_token_on_the_system_clock_expires_by_itself() {
    let grant = Grant::new("repo:read deploy:run").expires_in(Duration::from_millis(80));
    let token = Ci::admit(secret(), &grant).unwrap();
    let admitted = SystemClock.monotonic();
    assert!(exposes(&token));
    while exposes(&token) {
        assert!(SystemClock.monotonic() - admitted < secs(5));
        thread::sleep(Duration::from_millis(1));
    }
    let lived = SystemClock.monotonic() - admitted;
    assert!(lived >= Duration::from_millis(60), "{lived:?}");
    assert_eq!(token.remaining(), Duration::ZERO);
}

/// A clock that an outsider wrote: any type will do.
struct Stopped;

impl Clock for Stopped {
    fn wall(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn monotonic(&self) -> Duration {
        Duration::MAX
    }
}

#[test]
fn a_clock_at_its_end_exposes_nothing() {
    let grant = Grant::new("repo:read deploy:run").expires_in(secs(60));
    let token = Ci::admit_with_clock(secret(), &grant, Arc::new(Stopped)).unwrap();
    assert!(!exposes(&token), "the deadline saturates");
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Advance(u64),
    AdvanceMonotonic(u64),
    SetWall(i64),
    Expose,
    Check,
    Hold,
    Release,
    Ask,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u64..40).prop_map(Step::Advance),
        (0_u64..40).prop_map(Step::AdvanceMonotonic),
        (-200_i64..200).prop_map(Step::SetWall),
        Just(Step::Expose),
        Just(Step::Check),
        Just(Step::Hold),
        Just(Step::Release),
        Just(Step::Ask),
    ]
}

/// The rules of expiry with two plain counters, in seconds from admission.
#[derive(Default)]
struct Model {
    wall: i64,
    monotonic: u64,
    refused: bool,
}

impl Model {
    const LIFETIME: u64 = 100;

    fn turn(&mut self, clock: &ManualClock, step: Step) {
        match step {
            Step::Advance(by) => {
                clock.advance(secs(by));
                self.wall += by as i64;
                self.monotonic += by;
            }
            Step::AdvanceMonotonic(by) => {
                clock.advance_monotonic(secs(by));
                self.monotonic += by;
            }
            Step::SetWall(to) => {
                clock.set_wall(NOW + time::Duration::seconds(to));
                self.wall = to;
            }
            _ => {}
        }
    }

    /// Asks for an exposure.
    fn exposes(&mut self) -> bool {
        let lifetime = Self::LIFETIME;
        self.refused |= self.wall >= lifetime as i64 || self.monotonic >= lifetime;
        !self.refused
    }

    /// Asks how long the token is valid. If it is not, it is wiped.
    fn remaining(&mut self) -> Duration {
        let by_wall = Self::LIFETIME as i64 - self.wall;
        let by_monotonic = Self::LIFETIME as i64 - self.monotonic as i64;
        let left = if self.refused { 0 } else { by_wall.min(by_monotonic).max(0) };
        self.refused |= left == 0;
        secs(left as u64)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn once_refused_always_refused(steps in vec(step(), 0..40)) {
        let (clock, mut model) = (clock(), Model::default());
        let token = ci_token(&clock, secs(Model::LIFETIME));
        let mut held = Vec::new();
        for step in steps {
            model.turn(&clock, step);
            match step {
                Step::Expose => prop_assert_eq!(exposes(&token), model.exposes()),
                Step::Check => prop_assert_eq!(token.check().is_ok(), model.exposes()),
                Step::Hold => {
                    let exposed = token.expose_for(&ListRepos).ok();
                    prop_assert_eq!(exposed.is_some(), model.exposes());
                    held.extend(exposed);
                }
                Step::Release => drop(held.pop()),
                Step::Ask => prop_assert_eq!(token.remaining(), model.remaining()),
                _ => {}
            }
            prop_assert!(held.iter().all(|exposed| exposed.as_str() == TEXT));
            prop_assert_eq!(token.expires_at(), Some(NOW + secs(Model::LIFETIME)));
        }
        drop(held);
        let expected = model.exposes();
        prop_assert_eq!(token.spend_for(&ListRepos).is_ok(), expected);
    }
}

/// Who reads that a token has expired must find out why: which clock, until when, and who said so.
#[test]
fn an_expired_token_says_when_and_by_which_clock() {
    let said = |by: fn(&ManualClock), grant: &Grant| {
        let clock = clock();
        let token = Token::<kind::Ci>::admit_with_clock(secret(), grant, clock.clone()).unwrap();
        by(&clock);
        let found = token.expose_for(&ListRepos).unwrap_err().to_string();
        let later = token.expose_for(&ListRepos).unwrap_err().to_string();
        assert!(later.contains("valid until 2026-01-01 1"), "{later}");
        assert!(!later.contains("clock"), "it was found expired before: {later}");
        found
    };
    let wall = said(|clock| clock.set_wall(NOW + secs(600)), &ci_grant());
    assert!(wall.contains("valid until 2026-01-01 12:10:00"), "{wall}");
    assert!(!wall.contains("assumed") && wall.contains("wall clock"), "{wall}");
    let monotonic = said(|clock| clock.advance_monotonic(secs(600)), &ci_grant());
    assert!(monotonic.contains("monotonic clock"), "{monotonic}");
    let assumed = said(|clock| clock.advance(secs(3600)), &Grant::assumed::<kind::Ci>(NOW));
    assert!(assumed.contains("13:00:00") && assumed.contains("assumed"), "{assumed}");
    let spent = ci_token(&clock(), secs(0).max(NANO));
    assert!(
        spent.spend_for(&ListRepos).is_ok(),
        "valid for a nanosecond on a clock that stands still"
    );
}
