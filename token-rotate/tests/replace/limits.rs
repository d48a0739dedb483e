//! An issuer that permits few tokens at once.

use std::time::Duration;

use token_rotate::replace::{Rules, Why};

use crate::world::{Fault, handle, rules, run, run_sweep, shared, world};

fn two() -> Rules {
    Rules { limit: 2, ..rules() }
}

/// A run that was killed after `create`, and one after `set`.
fn killed_after(step: &str) -> Fault {
    let (start, slot) = world();
    let world = shared(start);
    run(&world, &slot, &two(), None).unwrap().unwrap();
    let at = world.borrow().calls.iter().position(|call| call == step).unwrap();
    Fault { at, after: true, kills: true }
}

#[test]
fn at_the_limit_what_is_not_in_use_is_ended_first() {
    for (step, dies) in [("create", "key-2"), ("set", "key-1"), ("test", "key-1")] {
        let (mut start, slot) = world();
        start.most = 2;
        let world = shared(start);
        assert!(run(&world, &slot, &two(), Some(killed_after(step))).is_none());
        let done = run(&world, &slot, &two(), None).unwrap().unwrap();
        assert_eq!(done.retired[0], handle(dies), "{step}");
        assert_eq!(done.token.handle, Some(handle("key-3")));
        let mut once = done.retired.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), done.retired.len(), "nothing is ended twice");
        assert_eq!(world.borrow().live.len(), 1);
    }
}

#[test]
fn if_nobody_says_which_token_is_in_use_a_person_is_needed() {
    for step in ["create", "set"] {
        let (mut start, slot) = world();
        (start.most, start.tells) = (2, false);
        let world = shared(start);
        assert!(run(&world, &slot, &two(), Some(killed_after(step))).is_none());
        let stopped = run(&world, &slot, &two(), None).unwrap().unwrap_err();
        assert_eq!(stopped.why, Why::NeedsPerson);
        assert!(
            stopped.message.contains("2 tokens of this slot are live, 2 are permitted"),
            "{stopped}"
        );
        assert!(stopped.help.contains("in-use"), "{}", stopped.help);
        assert_eq!(world.borrow().live.len(), 2, "nothing was ended");
    }
}

#[test]
fn without_a_limit_a_third_token_is_made_and_no_fourth() {
    let (mut start, slot) = world();
    start.tells = false;
    let world = shared(start);
    let fault = killed_after("create");
    assert!(run(&world, &slot, &rules(), Some(fault)).is_none());
    assert!(run(&world, &slot, &rules(), Some(fault)).is_none());
    assert_eq!(world.borrow().live.len(), 3);
    let stopped = run(&world, &slot, &rules(), None).unwrap().unwrap_err();
    assert_eq!(stopped.why, Why::NeedsPerson);
}

#[test]
fn a_sweep_ends_leftovers_only_if_the_locked_token_is_in_use() {
    let (start, slot) = world();
    let world = shared(start);
    assert!(run(&world, &slot, &rules(), Some(killed_after("create"))).is_none());
    let left = shared(world.borrow().clone());
    left.borrow_mut().tells = false;
    let swept = run_sweep(&left, &slot, &rules()).unwrap().unwrap();
    assert_eq!((swept.retired, swept.left), (vec![], vec![handle("key-2")]));
    let swept = run_sweep(&world, &slot, &rules()).unwrap().unwrap();
    assert_eq!((swept.retired, swept.left), (vec![handle("key-2")], vec![]));

    // What another run has made is in use: its lock is not merged yet.
    let (start, slot) = crate::world::world();
    let world = shared(start);
    assert!(run(&world, &slot, &rules(), Some(killed_after("test"))).is_none());
    let swept = run_sweep(&world, &slot, &rules()).unwrap().unwrap();
    assert_eq!((swept.retired, swept.left), (vec![], vec![handle("key-2")]));
}

#[test]
fn no_more_are_ended_than_need_be_and_the_current_one_last() {
    let (start, slot) = world();
    let world = shared(start);
    assert!(run(&world, &slot, &rules(), Some(killed_after("create"))).is_none());
    assert!(run(&world, &slot, &rules(), Some(killed_after("set"))).is_none());
    let from = world.borrow().calls.len();
    let done = run(&world, &slot, &rules(), None).unwrap().unwrap();
    assert_eq!(done.retired[0], handle("key-2"));
    let calls = world.borrow().calls[from..].to_vec();
    assert_eq!(calls[..5], ["find", "test", "retire", "ended", "create"]);
}

#[test]
fn a_consumer_with_a_token_that_is_not_listed_needs_a_person() {
    let (mut start, slot) = world();
    start.most = 4;
    let world = shared(start);
    assert!(run(&world, &slot, &two(), Some(killed_after("create"))).is_none());
    let by_hand = handle("by-hand");
    {
        let mut world = world.borrow_mut();
        world.live.insert(by_hand.clone(), b"made by hand".to_vec());
        world.hides = Some(by_hand.clone());
        (world.store.0, world.consumers[0].uses) = (by_hand.clone(), by_hand);
    }
    let stopped = run(&world, &slot, &two(), None).unwrap().unwrap_err();
    assert_eq!(stopped.why, Why::NeedsPerson);
    assert!(stopped.retired.is_empty());
}

#[test]
fn where_nothing_is_listed_the_lock_is_counted_and_the_previous_line_goes_with_its_token() {
    let (mut start, slot) = world();
    (start.lists, start.most) = (false, 2);
    let world = shared(start);
    let mut rules = two();
    rules.wait = Duration::ZERO;
    run(&world, &slot, &rules, None).unwrap().unwrap();
    let lines = world.borrow().lines.last().unwrap().clone();
    rules.overlap = Duration::ZERO;
    let from = world.borrow().lines.len();
    let done = run(&world, &lines, &rules, None).unwrap().unwrap();
    assert_eq!(done.retired, [handle("key-1"), handle("key-2")]);
    let after = &world.borrow().lines[from];
    assert_eq!((after.current.as_ref(), after.previous.as_ref()), (lines.current.as_ref(), None));
}
