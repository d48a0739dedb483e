//! The swap, the leases and the ends, in all orders of the steps of a few threads.
//!
//! The code is this crate's: what readers, waiters and drivers share, and what they do with it. Around it stand loom's lock,
//! condition variable and flags, and a pointer that keeps arc-swap's contract (`sync`). loom runs each model in every order in which
//! it may change threads: at the lock, the pointer, a flag, and whenever a clock is read. The tokens are token-core's; how one token is
//! read, wiped and closed by several threads is shown there, by its tests `hazards` and `closing`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

pub(crate) mod sync;
mod waiting;
mod world;

use token_core::ErrorKind as Refusal;

use crate::ErrorKind;
use world::{DAY, List, World, all_orders, handle, id, spawn};

/// Two readers, while the answer of a fetch comes.
#[test]
fn while_a_token_is_swapped_readers_get_the_old_one_or_the_new_one() {
    all_orders(2, || {
        let world = World::holding(600);
        world.pass(599);
        let attempt = world.fetch();
        let reader = spawn({
            let world = world.clone();
            move || {
                let loan = world.rotating.current().expect("the old one is valid");
                let _ = loan.expose_for(&List).unwrap();
                let first = loan.id();
                drop(loan);
                let lease = world.lease().expect("one of them is valid");
                let _ = lease.expose_for(&List).unwrap();
                assert!(first == id(1) || lease.id() == id(2), "the old one after the new one");
            }
        });
        world.bring(&attempt, 2, DAY);
        assert_eq!(world.rotating.current().unwrap().id(), id(2));
        reader.join().unwrap();
        assert_eq!((world.rotating.health().revision, world.rotating.health().leases), (2, 0));
        assert_eq!((world.closed(), world.events("rotated")), (1, 1));
    });
}

/// The sweeper finds the old token expired while its last lease is used and dropped.
#[test]
fn a_leased_token_is_wiped_at_its_end_and_closed_once() {
    all_orders(3, || {
        let world = World::holding(600);
        world.pass(599);
        let attempt = world.fetch();
        let (ready, told) = (world.clone(), world.clone());
        let reader = spawn(move || {
            // Of the old token or of the new one.
            let lease = ready.lease().unwrap();
            match lease.expose_for(&List).map(drop) {
                Ok(()) => {}
                Err(error) => assert_eq!((error.kind(), lease.id()), (Refusal::Expired, id(1))),
            }
        });
        // One that stays out.
        let kept = told.lease().unwrap();
        world.bring(&attempt, 2, DAY);
        world.pass(1);
        world.drive();
        assert_eq!((world.closed(), world.events("rotated")), (1, 1), "it was swept");
        assert_eq!(kept.expose_for(&List).unwrap_err().kind(), Refusal::Expired);
        reader.join().unwrap();
        drop(kept);
        world.drive();
        assert_eq!((world.closed(), world.rotating.health().leases), (1, 0));
    });
}

/// The sweeper finds the current token expired while the answer of a fetch comes.
#[test]
fn a_sweep_never_ends_the_successor() {
    all_orders(3, || {
        let world = World::holding(600);
        world.pass(599);
        let attempt = world.fetch();
        world.pass(1);
        let sweeper = spawn({
            let world = world.clone();
            move || world.drive()
        });
        world.bring(&attempt, 2, DAY);
        let (early, _) = sweeper.join().unwrap();
        assert_eq!(world.rotating.current().unwrap().id(), id(2));
        world.pass(2);
        let late = world.drive().0;
        assert_eq!(early.len() + late.len(), 0, "a valid one is held: nothing is fetched");
        assert_eq!((world.closed(), world.events("rotated") + world.events("expired")), (1, 1));
    });
}

/// The overlap is over while the last lease is used and dropped.
#[test]
fn a_token_that_was_ended_at_its_issuer_is_wiped_under_its_leases() {
    all_orders(3, || {
        let world = World::holding(600);
        world.pass(540);
        let attempt = world.fetch();
        let readers = [(); 2].map(|()| {
            let world = world.clone();
            spawn(move || {
                let lease = world.lease().unwrap();
                let exposed = lease.expose_for(&List).map(drop).map_err(|error| error.kind());
                assert!(exposed != Err(Refusal::Expired), "it lives for another minute");
            })
        });
        let lent = world.clone();
        let kept = lent.lease().unwrap();
        world.bring(&attempt, 2, DAY);
        world.pass(59);
        // The overlap is a minute, so the token expires first; its issuer ends it before.
        world.shared.retired(&handle(1), &Ok(()));
        assert_eq!(kept.expose_for(&List).unwrap_err().kind(), Refusal::Ended);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        drop(kept);
        assert_eq!((world.closed(), world.events("rotated")), (1, 1));
        assert_eq!(world.rotating.health().leases, 0);
    });
}

/// A rejection of the old token, while a new one takes its place.
#[test]
fn a_rejection_never_falls_on_the_successor() {
    all_orders(2, || {
        let world = World::holding(600);
        world.pass(599);
        let attempt = world.fetch();
        let rejecters = [(); 2].map(|()| {
            let world = world.clone();
            spawn(move || {
                world.rotating.rejected(id(1));
                // From here on this thread gets it no more.
                assert!(world.rotating.current().map_or(true, |token| token.id() == id(2)));
            })
        });
        world.bring(&attempt, 2, DAY);
        rejecters.into_iter().for_each(|rejecter| rejecter.join().unwrap());
        assert_eq!(world.rotating.current().unwrap().id(), id(2));
        assert_eq!(world.closed(), 1);
        world.pass(2);
        assert!(world.drive().0.is_empty(), "a valid one is held: nothing is fetched");
    });
}

#[test]
fn two_rejections_at_a_time_have_one_fetch_made() {
    all_orders(3, || {
        let world = World::holding(DAY);
        world.pass(10);
        let rejecters = [(); 2].map(|()| {
            let world = world.clone();
            spawn(move || {
                world.rotating.rejected(id(1));
                assert_eq!(world.rotating.current().unwrap_err().kind(), ErrorKind::Rejected);
            })
        });
        let early = world.drive().0.len();
        rejecters.into_iter().for_each(|rejecter| rejecter.join().unwrap());
        assert_eq!(early + world.drive().0.len(), 1);
    });
}

/// A fetch was given up, and its answer comes together with that of the next one.
#[test]
fn of_two_answers_that_of_the_later_fetch_stays() {
    all_orders(3, || {
        let world = World::empty();
        let first = world.fetch();
        world.pass(30);
        let _ = world.drive();
        world.pass(30);
        let (mut fetches, _) = world.drive();
        let second = fetches.pop().expect("the first one was given up");
        let late = spawn({
            let world = world.clone();
            move || world.bring(&first, 1, DAY)
        });
        world.bring(&second, 2, DAY);
        assert_eq!(world.rotating.current().unwrap().id(), id(2));
        late.join().unwrap();
        assert_eq!(world.rotating.current().unwrap().id(), id(2));
        assert_eq!(world.closed(), 1);
        world.pass(60);
        assert_eq!(world.drive().1, [handle(1)], "one of them is ended at the issuer");
    });
}

/// The end, while the answer of a fetch comes and a reader reads.
#[test]
fn after_the_end_nothing_is_held_and_each_token_is_closed_once() {
    all_orders(2, || {
        let world = World::holding(600);
        world.pass(599);
        let attempt = world.fetch();
        let lent = world.clone();
        let kept = lent.lease().unwrap();
        let reader = spawn({
            let world = world.clone();
            move || match world.lease() {
                Ok(lease) => {
                    let exposed = lease.expose_for(&List).map(drop);
                    assert!(exposed.is_ok() || world.rotating.current().is_err(), "not ended");
                }
                Err(_) => {
                    let error = world.rotating.current().map(drop).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Closed);
                }
            }
        });
        let closer = spawn({
            let world = world.clone();
            move || {
                world.shared.close();
                assert_eq!(
                    world.rotating.current().map(drop).unwrap_err().kind(),
                    ErrorKind::Closed
                );
            }
        });
        world.bring(&attempt, 2, DAY);
        closer.join().unwrap();
        reader.join().unwrap();
        assert_eq!(kept.expose_for(&List).unwrap_err().kind(), Refusal::Ended);
        drop(kept);
        assert_eq!(world.closed(), 2, "both of them");
        let (fetches, mut retired) = world.drive();
        retired.sort_by_key(ToString::to_string);
        assert_eq!((fetches.len(), retired), (0, vec![handle(1), handle(2)]));
    });
}
