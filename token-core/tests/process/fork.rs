//! `fork` in a process with threads.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use super::{Ci, ListRepos, MINUTE, Place, alone, clock, token};

/// What became of a child.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Good,
    Failed,
    Hung,
}

/// Runs `child` in a forked process, which has ten seconds.
fn forked(child: impl FnOnce()) -> End {
    // SAFETY: the child does what a child of a process with threads may do, and what glibc allows beyond that: it
    // allocates. Whether token-core hangs there is what is tested.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // SAFETY: a number of seconds.
        unsafe { libc::alarm(10) };
        let failed = catch_unwind(AssertUnwindSafe(child)).is_err();
        // SAFETY: ends this process, without the destructors of the parent's things.
        unsafe { libc::_exit(i32::from(failed)) };
    }
    let mut status = 0;
    // SAFETY: the child is ours, and `status` is writable.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    match (libc::WIFSIGNALED(status), libc::WEXITSTATUS(status)) {
        (true, _) => End::Hung,
        (false, 0) => End::Good,
        (false, _) => End::Failed,
    }
}

/// Threads that admit, expose and wipe all the time.
fn with_busy_threads(test: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let clock = clock();
                    let token = token(&clock);
                    let held: Vec<_> =
                        (0..6).map(|_| token.expose_for(&ListRepos).unwrap()).collect();
                    clock.advance(MINUTE);
                    assert!(token.check().is_err());
                    drop(held);
                    // A thread that begins and ends takes slots and gives them back.
                    thread::scope(|inner| drop(inner.spawn(|| token.check().unwrap_err())));
                }
            });
        }
        test();
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn no_child_hangs() {
    alone("fork::no_child_hangs", || {
        with_busy_threads(|| {
            for round in 0..1000 {
                let clock = clock();
                let token = token(&clock);
                let place = Place::of(&token.expose_for(&ListRepos).unwrap());
                let end = forked(|| {
                    clock.advance(MINUTE);
                    match round % 3 {
                        0 => drop(token.check().unwrap_err()),
                        1 => assert!(token.remaining().is_zero()),
                        _ => drop(token.expose_for(&ListRepos).unwrap_err()),
                    }
                    assert!(place.is_wiped());
                });
                assert_eq!(end, End::Good, "child {round}");
                assert!(!place.is_wiped(), "the parent's own copy stays");
            }
        });
    });
}

/// `count` exposures of another thread, which is not in the child, don't keep the token there.
fn exposed_elsewhere(count: usize) {
    let clock = clock();
    let token = Arc::new(token(&clock));
    let place = Place::of(&token.expose_for(&ListRepos).unwrap());
    let (exposing, exposed) = mpsc::channel();
    let (done, wait) = mpsc::channel::<()>();
    let other = thread::spawn({
        let token: Arc<Ci> = token.clone();
        move || {
            let held: Vec<_> = (0..count).map(|_| token.expose_for(&ListRepos).unwrap()).collect();
            exposing.send(()).unwrap();
            assert!(wait.recv().is_err());
            assert!(held.iter().all(|held| held.as_bytes() == [b'x'; 64]));
        }
    });
    exposed.recv().unwrap();
    // Found expired by the child, and found expired by the parent before the fork.
    for expired_before in [false, true] {
        if expired_before {
            clock.advance(MINUTE);
            assert!(token.check().is_err());
        }
        let end = forked(|| {
            clock.advance(MINUTE);
            let error = token.check().unwrap_err().to_string();
            assert!(place.is_wiped(), "{count} exposures, {expired_before}");
            assert!(expired_before || error.contains("and is wiped:"), "{error}");
        });
        assert_eq!(end, End::Good);
        assert!(!place.is_wiped(), "here it is exposed still");
    }
    drop(done);
    other.join().unwrap();
    assert!(place.is_wiped());
}

#[test]
fn what_another_thread_exposes_does_not_stay_in_the_child() {
    alone("fork::what_another_thread_exposes_does_not_stay_in_the_child", || {
        // One, all slots of a node, and more than that.
        [1, 4, 5, 30].into_iter().for_each(exposed_elsewhere);
    });
}

/// What the forking thread exposes is exposed in the child too, and is wiped when that ends; also in a child's child.
#[test]
fn what_this_thread_exposes_stays_until_it_ends() {
    alone("fork::what_this_thread_exposes_stays_until_it_ends", || {
        for count in [1, 7] {
            let clock = clock();
            let token = token(&clock);
            let held: Vec<_> = (0..count).map(|_| token.expose_for(&ListRepos).unwrap()).collect();
            let place = Place::of(&held[0]);
            let child = || {
                clock.advance(MINUTE);
                let error = token.check().unwrap_err().to_string();
                assert!(error.contains("is wiped when its last exposure ends"), "{error}");
                thread::scope(|scope| drop(scope.spawn(|| assert!(token.check().is_err()))));
                assert!(held.iter().all(|held| held.as_bytes() == [b'x'; 64]));
                held.into_iter().for_each(drop);
                assert!(place.is_wiped());
            };
            assert_eq!(forked(|| assert_eq!(forked(child), End::Good)), End::Good);
        }
    });
}

/// The child has the fence, and slots for its new threads.
#[test]
fn a_child_goes_on() {
    alone("fork::a_child_goes_on", || {
        let clock = clock();
        let first = token(&clock);
        assert!(first.expose_for(&ListRepos).is_ok());
        let end = forked(|| {
            let second = token(&clock);
            thread::scope(|scope| {
                let (exposed, first) = (second.expose_for(&ListRepos).unwrap(), &first);
                let place = Place::of(&exposed);
                clock.advance(MINUTE);
                let found = scope.spawn(|| second.check().is_err() && first.check().is_err());
                assert!(found.join().unwrap());
                assert!(!place.is_wiped());
                drop(exposed);
                assert!(place.is_wiped());
            });
        });
        assert_eq!(end, End::Good);
    });
}
