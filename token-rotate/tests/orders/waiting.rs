//! Who waits is woken, in all orders. A wake-up that is lost leaves a model with no thread that can go on, which loom reports.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use super::{
    super::Act,
    sync::{Condvar, Mutex},
    world::{DAY, World, all_orders, id, spawn},
};
use crate::Failure;

#[test]
fn a_driver_that_falls_asleep_hears_of_the_end() {
    all_orders(3, || {
        let world = World::holding(DAY);
        let (hand, driven) = (world.shared.add_hand(), world.clone());
        let driver = spawn(move || {
            loop {
                match driven.shared.act() {
                    Act::Fetch(attempt) => driven.fail(&attempt),
                    Act::Retire(handle) => driven.shared.retired(&handle, &Ok(())),
                    Act::Sleep(at_most) => driven.shared.sleep(at_most),
                    Act::End => return drop(hand),
                }
            }
        });
        // It waits for the driver.
        world.rotating.close(Duration::MAX).unwrap();
        driver.join().unwrap();
        assert_eq!(world.closed(), 1);
    });
}

/// The driver sleeps, and must hear that a reader asks after a rejection.
#[test]
fn a_driver_that_falls_asleep_hears_of_a_rejection() {
    all_orders(3, || {
        let world = World::holding(DAY);
        world.pass(10);
        let driven = world.clone();
        let driver = spawn(move || {
            loop {
                match driven.shared.act() {
                    Act::Fetch(attempt) => return driven.bring(&attempt, 2, DAY),
                    Act::Sleep(at_most) => driven.shared.sleep(at_most),
                    act => panic!("{act:?}"),
                }
            }
        });
        world.rotating.rejected(id(1));
        driver.join().unwrap();
        assert_eq!(world.rotating.current().unwrap().id(), id(2));
    });
}

/// After a final failure it fetches only if somebody asks.
#[test]
fn a_driver_that_falls_asleep_hears_of_who_asks() {
    all_orders(3, || {
        let world = World::empty();
        let first = world.fetch();
        world.shared.fetched(&first, Err(Failure::permanent("gone")));
        world.pass(60);
        let driven = world.clone();
        let driver = spawn(move || {
            loop {
                match driven.shared.act() {
                    Act::Fetch(attempt) => return driven.bring(&attempt, 2, DAY),
                    Act::Sleep(at_most) => driven.shared.sleep(at_most),
                    act => panic!("{act:?}"),
                }
            }
        });
        assert!(world.rotating.current().is_err());
        driver.join().unwrap();
        assert_eq!(world.rotating.current().unwrap().id(), id(2));
    });
}

#[test]
fn a_future_that_begins_to_wait_gets_what_comes() {
    all_orders(3, || {
        let world = World::empty();
        let attempt = world.fetch();
        let waiters = [(); 2].map(|()| {
            let world = world.clone();
            spawn(move || assert_eq!(block_on(world.rotating.fresh()).unwrap().id(), id(1)))
        });
        world.bring(&attempt, 1, DAY);
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    });
}

/// Another one is dropped meanwhile.
#[test]
fn a_future_that_begins_to_wait_hears_of_the_end() {
    all_orders(3, || {
        let world = World::empty();
        let waiter = spawn({
            let world = world.clone();
            move || assert!(block_on(world.rotating.fresh()).is_err())
        });
        let dropper = spawn({
            let world = world.clone();
            move || {
                let mut fresh = pin!(world.rotating.fresh());
                let _ = fresh.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            }
        });
        world.shared.close();
        waiter.join().unwrap();
        dropper.join().unwrap();
    });
}

/// Wakes a thread of loom.
#[derive(Default)]
struct Bell {
    has_rung: Mutex<bool>,
    rung: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.has_rung.lock().unwrap() = true;
        self.rung.notify_one();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let (mut future, bell) = (pin!(future), Arc::new(Bell::default()));
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut has_rung = bell.has_rung.lock().unwrap();
        while !*has_rung {
            has_rung = bell.rung.wait(has_rung).unwrap();
        }
        *has_rung = false;
    }
}
