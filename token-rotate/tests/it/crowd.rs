//! A thousand callers at a time.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use token_rotate::{Act, Attempt, ErrorKind, Failure};

use crate::support::{Bench, Say, Told, kind, living, secs};

fn polled<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The one fetch that is to be made. There must be no second one.
fn only_fetch(bench: &Bench<kind::Ci>) -> Attempt {
    let Act::Fetch(attempt) = bench.hand.next() else { panic!("no fetch") };
    assert!(matches!(bench.hand.next(), Act::Sleep(_)), "two fetches");
    attempt
}

#[test]
fn a_thousand_cold_callers_have_one_fetch_made() {
    let bench = Bench::<kind::Ci>::new(Told::to([]));
    let rotating = &bench.rotating;
    let mut futures: Vec<_> = (0..1000).map(|_| Box::pin(rotating.fresh())).collect();
    assert!(futures.iter_mut().all(|future| polled(future.as_mut()).is_pending()));
    let Act::Fetch(attempt) = bench.hand.next() else { panic!("no fetch") };
    assert!(futures.iter_mut().all(|future| polled(future.as_mut()).is_pending()));
    assert!(matches!(bench.hand.next(), Act::Sleep(_)));
    bench.hand.fetched(&attempt, Ok(living(secs(600))));
    for future in &mut futures {
        let Poll::Ready(Ok(_)) = polled(future.as_mut()) else { panic!("everybody gets it") };
    }
    drop(futures);
    assert!(matches!(bench.hand.next(), Act::Sleep(_)));
}

#[test]
fn also_if_all_but_one_give_up() {
    let bench = Bench::<kind::Ci>::new(Told::to([]));
    for last in [0, 500, 999] {
        let rotating = &bench.rotating;
        let mut futures: Vec<_> = (0..1000).map(|_| Box::pin(rotating.fresh())).collect();
        assert!(futures.iter_mut().all(|future| polled(future.as_mut()).is_pending()));
        let mut one = futures.swap_remove(last);
        let Act::Fetch(attempt) = bench.hand.next() else { panic!("no fetch") };
        drop(futures);
        assert!(polled(one.as_mut()).is_pending());
        bench.hand.fetched(&attempt, Ok(living(secs(600))));
        assert!(matches!(polled(one.as_mut()), Poll::Ready(Ok(_))));
        drop(one);
        // For the next round.
        bench.clock.advance(secs(600));
    }
}

#[test]
fn those_who_wait_share_the_failure() {
    let bench = Bench::<kind::Ci>::new(Told::to([]));
    let rotating = &bench.rotating;
    let mut futures: Vec<_> = (0..1000).map(|_| Box::pin(rotating.fresh())).collect();
    assert!(futures.iter_mut().all(|future| polled(future.as_mut()).is_pending()));
    let Act::Fetch(attempt) = bench.hand.next() else { panic!("no fetch") };
    bench.hand.fetched(&attempt, Err(Failure::transient("down")));
    for future in &mut futures {
        let Poll::Ready(Err(error)) = polled(future.as_mut()) else { panic!("everybody hears") };
        assert_eq!(error.kind(), ErrorKind::NotFetched);
    }
    drop(futures);
    assert!(matches!(bench.hand.next(), Act::Sleep(_)));
}

#[test]
fn after_a_final_failure_nobody_waits() {
    let bench = Bench::<kind::Ci>::new(Told::to([Say::Final]));
    bench.hand.step();
    let mut fresh = pin!(bench.rotating.fresh());
    let Poll::Ready(Err(error)) = polled(fresh.as_mut()) else { panic!("it waits") };
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(bench.rotating.wait(secs(100)).unwrap_err().kind(), ErrorKind::Refused);
}

#[test]
fn a_thousand_rejections_of_an_old_token_have_none_made() {
    let bench = Bench::<kind::Ci>::living(secs(600));
    let old = bench.id();
    bench.issuer.say(Say::Live(secs(86_400)));
    bench.pass(secs(600));
    let fetches = bench.issuer.fetches();
    (0..1000).for_each(|_| bench.rotating.rejected(old));
    bench.pass(secs(60));
    assert_eq!(bench.issuer.fetches(), fetches);
    assert!(bench.rotating.current().is_ok());
}

#[test]
fn a_thousand_rejections_of_the_current_one_have_one_made() {
    let bench = Bench::<kind::Ci>::living(secs(86_400));
    let id = bench.id();
    bench.clock.advance(secs(10));
    (0..1000).for_each(|_| bench.rotating.rejected(id));
    assert_eq!(bench.rotating.current().unwrap_err().kind(), ErrorKind::Rejected);
    let attempt = only_fetch(&bench);
    (0..1000).for_each(|_| bench.rotating.rejected(id));
    bench.hand.fetched(&attempt, Ok(living(secs(86_400))));
    (0..1000).for_each(|_| bench.rotating.rejected(id));
    assert!(matches!(bench.hand.next(), Act::Sleep(_)));
    assert_ne!(bench.id(), id);
}

#[test]
fn also_if_that_one_fails() {
    for failure in [Failure::transient("down"), Failure::permanent("gone")] {
        let bench = Bench::<kind::Ci>::living(secs(86_400));
        let id = bench.id();
        bench.clock.advance(secs(10));
        (0..1000).for_each(|_| bench.rotating.rejected(id));
        let attempt = only_fetch(&bench);
        bench.hand.fetched(&attempt, Err(failure));
        (0..1000).for_each(|_| bench.rotating.rejected(id));
        assert!(matches!(bench.hand.next(), Act::Sleep(_)), "one fetch, which failed");
        assert!(bench.rotating.current().is_err(), "a rejected token is not given out again");
    }
}

/// One server of several is wrong, and rejects whatever it gets.
#[test]
fn a_server_that_rejects_everything_does_not_have_tokens_made_without_end() {
    let bench = Bench::<kind::Ci>::living(secs(86_400));
    (0..10_000).for_each(|_| bench.issuer.say(Say::Live(secs(86_400))));
    let mut usable = 0;
    for _ in 0..3600 {
        bench.rotating.rejected(bench.rotating.health().token);
        bench.pass(secs(1));
        usable += usize::from(bench.rotating.current().is_ok());
    }
    assert!(bench.issuer.fetches() < 40, "{} fetches in an hour", bench.issuer.fetches());
    assert!(usable > 3500, "others could use the token in {usable} of 3,600 seconds");
}
