//! One token after another, on a clock that the test moves.

use token_core::{Admission, Current, Grant, Secret, UtcDateTime};
use token_rotate::{Act, ErrorKind, Fetched, Rotating, State};

use crate::support::{Bench, List, Say, Told, clock, kind, living, secs, text};

#[test]
fn a_token_is_replaced_within_its_window() {
    let bench = Bench::<kind::Ci>::living(secs(3600));
    let first = bench.id();
    bench.pass(secs(2999));
    assert_eq!((bench.issuer.fetches(), bench.rotating.health().state), (1, State::Fresh));
    bench.issuer.say(Say::Live(secs(3600)));
    // The window is ten minutes by the policy, and its last third is left for further tries.
    bench.pass(secs(401));
    assert_eq!((bench.issuer.fetches(), bench.rotating.health().state), (2, State::Fresh));
    assert_ne!(bench.id(), first);
}

#[test]
fn without_a_window_in_the_policy_it_is_that_of_aws() {
    for (lives, window) in
        [(1200, 300), (1201, 900), (5399, 900), (5400, 3600 / 4 * 3), (80_000, 3600)]
    {
        // At most half of its life.
        let window = window.min(lives / 2).max(if lives == 5400 { 2700 } else { 0 });
        let bench = Bench::<kind::Plain>::living(secs(lives));
        bench.pass(secs(lives - window - 1));
        assert_eq!(bench.issuer.fetches(), 1, "{lives} s: not before");
        bench.issuer.say(Say::Live(secs(lives)));
        bench.pass(secs(1 + window * 2 / 3));
        assert_eq!(bench.issuer.fetches(), 2, "{lives} s: within the first two thirds");
    }
}

#[test]
fn a_failed_fetch_never_touches_a_valid_token() {
    let bench = Bench::<kind::Ci>::living(secs(3600));
    let first = bench.id();
    for say in
        [Say::Fail, Say::After(secs(86_400)), Say::Live(secs(0)), Say::Final, Say::Give(unscoped())]
    {
        bench.issuer.say(say);
    }
    bench.pass(secs(3599));
    assert_eq!(bench.id(), first);
    assert!(bench.issuer.fetches() > 3);
    bench.pass(secs(1));
    let error = bench.rotating.current().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    // After the end of all it recovers by itself, when somebody asks.
    bench.issuer.say(Say::Live(secs(3600)));
    bench.pass(secs(61));
    assert_ne!(bench.id(), first);
}

fn unscoped() -> Fetched {
    Fetched::new(Secret::from(text()), Grant::new("admin").expires_in(secs(3600)))
}

#[test]
fn an_answer_that_is_not_admitted_is_a_failure_and_is_retired() {
    let expired = living(secs(0)).handle(token_rotate::Handle::new("too-old"));
    let bench = Bench::<kind::Ci>::new(Told::to([Say::Give(expired)]));
    bench.hand.step();
    assert_eq!(bench.issuer.retired(), ["too-old"]);
    let health = bench.rotating.health();
    assert_eq!(health.last_error.unwrap().kind(), ErrorKind::NotAdmitted);
    assert_eq!((health.state, health.failures), (State::Expired, 1));
}

#[test]
fn a_final_failure_is_not_tried_in_a_loop() {
    let bench = Bench::<kind::Ci>::living(secs(86_400));
    (0..100).for_each(|_| bench.issuer.say(Say::Final));
    bench.pass(secs(86_399 - 60));
    assert_eq!((bench.issuer.fetches(), bench.rotating.health().state), (2, State::Refused));
    // Once more when it is about to expire.
    bench.pass(secs(2));
    assert_eq!(bench.issuer.fetches(), 3);
    // And not at all when nobody asks.
    bench.pass(secs(86_400));
    assert_eq!(bench.issuer.fetches(), 3);
    // Who asks has it tried again, but not more than once a minute.
    for _ in 0..120 {
        bench.rotating.current().unwrap_err();
        bench.pass(secs(1));
    }
    assert!((5..=6).contains(&bench.issuer.fetches()), "{}", bench.issuer.fetches());
}

#[test]
fn a_long_retry_after_does_not_let_the_token_expire() {
    let bench = Bench::<kind::Ci>::living(secs(3600));
    bench.issuer.say(Say::After(secs(86_400)));
    bench.issuer.say(Say::After(secs(86_400)));
    bench.issuer.say(Say::Live(secs(3600)));
    bench.pass(secs(3600));
    assert_eq!(bench.issuer.fetches(), 4, "each pause is half of what is left");
}

#[test]
fn a_retry_after_is_obeyed_within_its_bound() {
    let bench = Bench::<kind::Ci>::new(Told::to([Say::After(secs(100)), Say::After(secs(86_400))]));
    bench.pass(secs(99));
    assert_eq!(bench.issuer.fetches(), 1);
    bench.pass(secs(2));
    assert_eq!(bench.issuer.fetches(), 2);
    bench.pass(secs(298));
    assert_eq!(bench.issuer.fetches(), 2);
    bench.pass(secs(3));
    assert_eq!(bench.issuer.fetches(), 3);
}

#[test]
fn tokens_without_an_expiry_are_replaced_by_their_age() {
    let day = 86_400;
    let endless = || Say::Give(Fetched::new(Secret::from(text()), Grant::new("repo:read")));
    let bench = Bench::<kind::Key>::new(Told::to([endless()]));
    bench.hand.step();
    bench.pass(secs(90 * day - 3601));
    assert_eq!(bench.issuer.fetches(), 1);
    bench.issuer.say(endless());
    bench.pass(secs(3601));
    assert_eq!(bench.issuer.fetches(), 2);
}

#[test]
fn a_source_that_gives_the_same_token_again_is_asked_less_often() {
    let same = text();
    let give = |lives| {
        let grant = Grant::new("repo:read").expires_in(secs(lives));
        Say::Give(Fetched::new(Secret::from(same.clone()), grant))
    };
    let bench = Bench::<kind::Ci>::new(Told::to([give(3600)]));
    bench.hand.step();
    (0..1000).for_each(|_| bench.issuer.say(Say::Give(Fetched::unchanged())));
    bench.pass(secs(3540));
    assert!((3..30).contains(&bench.issuer.fetches()), "{}", bench.issuer.fetches());
    let health = bench.rotating.health();
    assert_eq!(health.last_error.unwrap().kind(), ErrorKind::Unchanged);
    assert!(bench.rotating.current().is_ok());
}

#[test]
fn the_same_token_with_a_later_end_lives_longer() {
    let same = text();
    let handle = token_rotate::Handle::new("lease-1");
    let give = |lives| {
        let grant = Grant::new("repo:read").expires_in(secs(lives));
        Say::Give(Fetched::new(Secret::from(same.clone()), grant).handle(handle.clone()))
    };
    let bench = Bench::<kind::Ci>::new(Told::to([give(3600), give(3600)]));
    bench.pass(secs(3700));
    assert_eq!(bench.issuer.fetches(), 2);
    assert!(bench.rotating.current().is_ok());
    // It would end the token that is held.
    assert_eq!(bench.issuer.retired(), [""; 0]);
}

#[test]
fn the_same_token_with_the_same_end_is_no_new_one() {
    let same = text();
    let give = |scopes, handle| {
        let end = UtcDateTime::from_unix_timestamp(1_800_003_600).unwrap();
        let fetched = Fetched::new(Secret::from(same.clone()), Grant::new(scopes).expires_at(end));
        Say::Give(fetched.handle(token_rotate::Handle::new(handle)))
    };
    let again = (0..1000).map(|_| give("repo:read", "lease-1"));
    // What is not admitted has a handle that would end the token that is held.
    let answers = [give("repo:read", "lease-1"), give("admin", "lease-2")].into_iter();
    let bench = Bench::<kind::Ci>::new(Told::to(answers.chain(again)));
    bench.hand.step();
    bench.pass(secs(3540));
    assert!(bench.issuer.fetches() > 3);
    let health = bench.rotating.health();
    assert_eq!((health.revision, health.last_error.unwrap().kind()), (1, ErrorKind::Unchanged));
    assert_eq!(bench.issuer.retired(), [""; 0]);
    assert!(bench.rotating.current().is_ok());
}

#[test]
fn a_fetch_that_is_given_up_is_told_so() {
    let bench = Bench::<kind::Ci>::new(Told::to([]));
    let Act::Fetch(attempt) = bench.hand.next() else { panic!("no fetch") };
    bench.clock.advance(secs(29));
    let _ = bench.hand.next();
    assert!(!attempt.is_cancelled());
    bench.clock.advance(secs(1));
    let _ = bench.hand.next();
    assert!(attempt.is_cancelled());
}

#[test]
fn what_is_polled_comes_within_one_poll() {
    let told = Told { poll: Some(secs(10)), ..Told::default() };
    let bench = Bench::<kind::Plain>::new(std::sync::Arc::new(told));
    bench.issuer.say(Say::Live(secs(86_400)));
    bench.hand.step();
    for _ in 0..50 {
        bench.issuer.say(Say::Give(Fetched::unchanged()));
    }
    bench.pass(secs(500));
    assert_eq!(bench.issuer.fetches(), 51);
    let first = bench.id();
    // Half a file, an empty one, and then the new token: each is seen at the next look.
    bench.issuer.say(Say::Fail);
    bench.issuer.say(Say::Live(secs(0)));
    bench.issuer.say(Say::Live(secs(86_400)));
    bench.pass(secs(20));
    assert_eq!(bench.id(), first);
    bench.pass(secs(10));
    assert_ne!(bench.id(), first);
}

#[test]
fn an_old_token_is_retired_at_the_end_of_the_overlap_leases_or_not() {
    let told = Told::to([Say::Named(secs(3600), "one"), Say::Named(secs(3600), "two")]);
    let bench = Bench::<kind::Ci>::new(told);
    bench.hand.step();
    let lease = Current::current(&bench.rotating).unwrap();
    while bench.issuer.fetches() < 2 {
        bench.pass(secs(1));
    }
    assert_eq!(bench.rotating.health().leases, 1);
    bench.pass(secs(118));
    assert_eq!(bench.issuer.retired(), [""; 0]);
    assert!(lease.expose_for(&List).is_ok(), "the overlap lets running requests end");
    bench.pass(secs(3));
    assert_eq!(bench.issuer.retired(), ["one"]);
    let error = lease.expose_for(&List).unwrap_err();
    assert_eq!(error.kind(), token_core::ErrorKind::Ended);
    assert_eq!(bench.events(), ["admitted", "admitted", "exposed", "rotated"]);
    drop(lease);
    bench.pass(secs(1));
    assert_eq!(bench.rotating.health().leases, 0);
}

#[test]
fn a_retirement_that_fails_is_tried_again_and_not_for_ever() {
    let bench = Bench::<kind::Ci>::new(Told::to([Say::Named(secs(86_400), "one")]));
    bench.issuer.keeps.store(3, std::sync::atomic::Ordering::SeqCst);
    bench.hand.step();
    bench.rotating.rejected(bench.id());
    bench.issuer.say(Say::Named(secs(86_400), "two"));
    bench.pass(secs(600));
    assert_eq!(bench.issuer.retired(), ["one"; 4]);
    let bench = Bench::<kind::Ci>::new(Told::to([Say::Named(secs(86_400), "one")]));
    bench.issuer.keeps.store(u64::MAX, std::sync::atomic::Ordering::SeqCst);
    bench.hand.step();
    bench.rotating.rejected(bench.id());
    bench.issuer.say(Say::Named(secs(86_400), "two"));
    bench.pass(secs(3600));
    assert_eq!((bench.issuer.retired().len(), bench.rotating.health().not_retired), (8, 1));
}

#[test]
fn an_unused_token_is_wiped_at_its_end_whoever_leases_it() {
    let bench = Bench::<kind::Ci>::living(secs(600));
    let lease = Current::current(&bench.rotating).unwrap();
    bench.issuer.say(Say::Live(secs(86_400)));
    bench.pass(secs(601));
    // Nobody has looked at the old one.
    assert_eq!(bench.events(), ["admitted", "admitted", "rotated"]);
    drop(lease);
    bench.pass(secs(31));
    assert_eq!(bench.events().len(), 3, "one closing event");
    let events = bench.log.events();
    let rotated = format!("{:?}", events[2].action);
    assert!(rotated.contains(&bench.id().unwrap().to_string()), "names its successor: {rotated}");
}

#[test]
fn no_lease_is_given_of_a_token_that_is_over() {
    let kind = |bench: &Bench<kind::Ci>| {
        let by_trait = Current::current(&bench.rotating).map(drop).unwrap_err().kind();
        assert_eq!(by_trait, token_core::ErrorKind::NoCurrent);
        bench.rotating.current().map(drop).unwrap_err().kind()
    };
    let expired = Bench::<kind::Ci>::living(secs(600));
    expired.clock.advance(secs(600));
    assert_eq!(kind(&expired), ErrorKind::Expired);
    let rejected = Bench::<kind::Ci>::living(secs(600));
    rejected.clock.advance(secs(10));
    rejected.rotating.rejected(rejected.id());
    assert_eq!(kind(&rejected), ErrorKind::Rejected);
    let ended = Bench::<kind::Ci>::living(secs(600));
    ended.rotating.current().unwrap().end();
    assert_eq!(kind(&ended), ErrorKind::Ended);
    let closed = Bench::<kind::Ci>::living(secs(600));
    closed.rotating.close(secs(1)).unwrap();
    assert_eq!(kind(&closed), ErrorKind::Closed);
}

#[test]
fn an_unused_current_token_is_wiped_at_its_end() {
    let bench = Bench::<kind::Ci>::living(secs(600));
    bench.pass(secs(601));
    assert_eq!(bench.events(), ["admitted", "expired"]);
}

#[test]
fn a_lease_that_somebody_ended_is_replaced() {
    let bench = Bench::<kind::Ci>::living(secs(600));
    bench.rotating.current().unwrap().end();
    assert_eq!(bench.rotating.current().unwrap_err().kind(), ErrorKind::Ended);
    bench.issuer.say(Say::Live(secs(600)));
    bench.pass(secs(2));
    assert!(bench.rotating.current().is_ok());
}

#[test]
fn errors_say_what_is_wrong_and_what_the_issuer_said() {
    let bench = Bench::<kind::Ci>::new(Told::to([]));
    let error = bench.rotating.current().unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Empty, "the token of kind `ci` was not fetched yet; the next try is in 0ns")
    );
    bench.hand.step();
    let error = bench.rotating.current().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Empty);
    assert!(error.next_try().is_some());
    assert!(
        format!("{error:#}").ends_with("the token of kind `ci` could not be fetched: down"),
        "{error:#}"
    );
    assert!(format!("{error:?}").contains("Caused by:\n    down"), "{error:?}");
    let error = Current::current(&bench.rotating).map(drop).unwrap_err();
    assert_eq!(error.kind(), token_core::ErrorKind::NoCurrent);
    assert!(format!("{error:#}").ends_with(": down"), "{error:#}");
}

#[test]
fn two_kinds_have_nothing_to_do_with_each_other() {
    let one = Bench::<kind::Ci>::living(secs(600));
    let other = Bench::<kind::Plain>::new(Told::to([]));
    other.pass(secs(600));
    assert!(other.issuer.fetches() > 5);
    one.hand.step();
    assert_eq!(one.issuer.fetches(), 1);
}

#[test]
fn what_is_followed_is_kept_as_long_as_the_token() {
    let kept = std::sync::Arc::new(());
    let (issuer, clock) = (Told::to([Say::Live(secs(600)), Say::Live(secs(86_400))]), clock());
    let admission = Admission::with_clock(clock.clone());
    let follows = kept.clone();
    let options = Rotating::<kind::Ci>::options(admission, issuer);
    let (rotating, hand) = options.follow(move |_| follows.clone()).by_hand();
    hand.step();
    let count = || std::sync::Arc::strong_count(&kept) - 2;
    assert_eq!(count(), 1);
    let lease = Current::current(&rotating).unwrap();
    clock.advance(secs(500));
    hand.step();
    assert_eq!(count(), 2, "the old one may still be used");
    drop(lease);
    hand.step();
    assert_eq!(count(), 1);
}
