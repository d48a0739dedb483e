//! One closing event for each token, after the wipe.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use token_core::{
    Admission, Clock, Grant, Secret,
    record::{Action, Event, InMemory},
};

use super::{Deploy, First, ci, closings, names, recorded, total, uses};
use test_support::alloc_watch::frees_of;

use crate::support::{ListRepos, NOW, TEXT, ci_grant, clock, kind, secret, secs};

#[test]
fn an_expired_token_is_closed_once() {
    let clock = clock();
    let (recorder, admission) = recorded(&clock);
    let token = ci(&admission);
    token.expose_for(&ListRepos).map(drop).unwrap();
    clock.advance(secs(600));
    for _ in 0..3 {
        assert!(token.check().is_err());
        assert!(token.expose_for(&ListRepos).is_err());
    }
    clock.set_wall(NOW);
    assert!(token.spend_for(&ListRepos).is_err());
    let events = recorder.events();
    assert_eq!(names(&events), ["admitted", "exposed", "expired"]);
    assert_eq!(events[2].action, Action::expired(Some(0)));
    assert_eq!((&events[2].token, &*events[2].kind), (&events[0].token, "ci"));
    assert_eq!((&events[2].actor, &events[2].reason), (&events[0].actor, &events[0].reason));
    assert_eq!((events[2].scopes.len(), total(&events, "repo:read")), (0, 1));
}

#[test]
fn a_spent_token_is_closed_when_its_text_is_wiped() {
    let (recorder, admission) = recorded(&clock());
    let token = ci(&admission);
    token.expose_for(&Deploy).map(drop).unwrap();
    let spent = token.spend_for(&ListRepos).unwrap();
    assert_eq!(spent.as_str(), TEXT);
    assert_eq!(names(&recorder.events()), ["admitted", "exposed"], "the use at once");
    drop(spent);
    let events = recorder.events();
    assert_eq!(names(&events[2..]), ["destroyed"]);
    assert_eq!(uses(&events[1]), [("deploy:run", 1), ("repo:read", 1)]);
}

#[test]
fn a_kind_that_is_used_once_leaves_one_use() {
    let clock = clock();
    let (recorder, admission) = recorded(&clock);
    let grant = Grant::new("repo:read").expires_in(secs(60));
    let token = admission.admit::<kind::OneShot>(secret(), &grant).unwrap();
    drop(token.spend_for(&ListRepos).unwrap());
    assert_eq!(names(&recorder.events()), ["admitted", "exposed", "destroyed"]);
    assert_eq!(uses(&recorder.events()[1]), [("repo:read", 1)]);

    let token = admission.admit::<kind::OneShot>(secret(), &grant).unwrap();
    clock.advance(secs(60));
    assert!(token.spend_for(&ListRepos).is_err());
    assert_eq!(names(&recorder.events()[3..]), ["admitted", "expired"]);
}

#[test]
fn unwinding_closes() {
    let (recorder, admission) = recorded(&clock());
    let unwound = panic::catch_unwind(AssertUnwindSafe(|| {
        let token = ci(&admission);
        let _exposed = token.expose_for(&ListRepos).unwrap();
        panic::resume_unwind(Box::new(()));
    }));
    assert!(unwound.is_err());
    assert_eq!(names(&recorder.events()), ["admitted", "exposed", "destroyed"]);
}

#[test]
fn a_recorder_that_panics_leaves_the_secret_wiped() {
    for end in ["dropped", "expired", "spent", "refused"] {
        // Once: what panics again while it unwinds aborts the process.
        let panicked = AtomicBool::new(false);
        let panics = move |_: &Event| {
            if !panicked.swap(true, Ordering::Relaxed) {
                panic::resume_unwind(Box::new(()));
            }
        };
        let recorder = First::new(|| Ok(()), panics);
        let clock = clock();
        let admission = Admission::with_clock(clock.clone()).recorder(recorder);
        let seen = frees_of(3011, || {
            let (grant, secret) = (ci_grant(), Secret::from(vec![b'x'; 3011]));
            let unwound = panic::catch_unwind(AssertUnwindSafe(|| {
                if end == "refused" {
                    return drop(admission.admit::<kind::Partner>(secret, &grant));
                }
                let token = admission.admit::<kind::Ci>(secret, &grant).unwrap();
                match end {
                    "dropped" => drop(token),
                    "expired" => {
                        clock.advance(secs(600));
                        drop(token.check());
                    }
                    _ => drop(token.spend_for(&ListRepos)),
                }
            }));
            assert!(unwound.is_err(), "{end}: the recorder panicked");
        });
        assert!(seen.is_clean(), "{end}: {seen:?}");
    }
}

/// The token is in use when it expires.
#[test]
fn eight_threads_that_use_it_up_to_its_end_give_one_event() {
    for _ in 0..100 {
        let clock = clock();
        let (recorder, admission) = recorded(&clock);
        let (token, exposed) = (ci(&admission), AtomicU64::new(0));
        let start = Barrier::new(THREADS + 1);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    while token.expose_for(&ListRepos).is_ok() {
                        exposed.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            start.wait();
            clock.advance(secs(600));
        });
        drop(token);
        let events = recorder.events();
        assert_eq!(closings(&events), 1, "{:?}", names(&events));
        assert!(names(&events).contains(&"expired"));
        assert_eq!(total(&events, "repo:read"), exposed.into_inner());
    }
}

/// All of them read the clock before any of them acts on it.
#[test]
fn eight_threads_that_find_the_expiry_give_one_event() {
    for _ in 0..500 {
        let clock =
            Arc::new(Together { armed: AtomicBool::new(false), all: Barrier::new(THREADS) });
        let recorder = Arc::new(InMemory::new());
        let token = ci(&Admission::with_clock(clock.clone()).recorder(recorder.clone()));
        clock.armed.store(true, Ordering::SeqCst);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| assert!(token.expose_for(&ListRepos).is_err()));
            }
        });
        drop(token);
        assert_eq!(names(&recorder.events()), ["admitted", "expired"]);
    }
}

const THREADS: usize = 8;

/// Once armed it lets time pass when the last thread asks.
struct Together {
    armed: AtomicBool,
    all: Barrier,
}

impl Clock for Together {
    fn wall(&self) -> Duration {
        if !self.armed.load(Ordering::SeqCst) {
            return secs(0);
        }
        self.all.wait();
        secs(600)
    }

    fn monotonic(&self) -> Duration {
        secs(0)
    }
}
