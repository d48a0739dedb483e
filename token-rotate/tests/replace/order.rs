//! A run that nothing disturbs, and the facts that it writes.

use std::time::Duration;

use token_policy::lock::Slot;
use token_rotate::replace::{Expiry, StepName, Why};

use crate::world::{
    Fault, OVERLAP, Other, Shared, handle, id, rules, run, run_sweep, shared, time, world,
};

/// The calls of a run, but for those of the claim.
fn calls(world: &Shared) -> Vec<String> {
    world.borrow().calls.iter().filter(|call| *call != "claim").cloned().collect()
}

#[test]
fn the_old_token_ends_after_the_overlap_and_the_lock_names_the_new_one() {
    let (world, slot) = world();
    let world = shared(world);
    let done = run(&world, &slot, &rules(), None).unwrap().unwrap();
    assert_eq!(
        calls(&world),
        [
            "find", "create", "created", "set", "test", "changed", "retire", "ended", "find",
            "changed"
        ]
    );
    assert_eq!(done.retired, [handle("key-1")]);
    assert_eq!(done.retire_after, None);
    assert_eq!((done.token.generation, done.token.log), (8, Some(11)));
    assert_eq!(done.token.id, *id(2).as_bytes());
    let world = world.borrow();
    assert_eq!(world.died[&handle("key-1")], OVERLAP);
    let [first, last] = &world.lines[..] else { panic!() };
    let previous = first.previous.as_ref().unwrap().token.as_ref().unwrap();
    assert_eq!(previous.retire_after, Some(time(OVERLAP)));
    assert_eq!(last.previous, None);
    assert_eq!(
        last.current.as_ref().unwrap().token.as_ref().unwrap().handle,
        Some(handle("key-2"))
    );
}

#[test]
fn a_long_overlap_is_left_to_the_next_run() {
    let (start, slot) = world();
    let world = shared(start);
    let mut rules = rules();
    rules.wait = Duration::from_secs(OVERLAP - 1);
    let done = run(&world, &slot, &rules, None).unwrap().unwrap();
    assert_eq!(done.retire_after, Some(time(OVERLAP)));
    assert!(done.retired.is_empty());
    let lines = world.borrow().lines.last().unwrap().clone();

    // Before its time, no run ends it, and none makes a third one.
    world.borrow_mut().now = 0;
    rules.wait = Duration::from_secs(10);
    let stopped = run(&world, &lines, &rules, None).unwrap().unwrap_err();
    assert_eq!(stopped.why, Why::Unfinished);
    assert!(stopped.message.contains("stays valid until"), "{stopped}");
    assert_eq!(world.borrow().live.len(), 2);

    let swept = run_sweep(&world, &lines, &rules).unwrap().unwrap();
    assert_eq!((swept.retired, swept.retire_after), (vec![], Some(time(OVERLAP))));
    assert_eq!(world.borrow().now, 0, "a sweep waits for nothing");

    world.borrow_mut().now = OVERLAP;
    let swept = run_sweep(&world, &lines, &rules).unwrap().unwrap();
    assert_eq!(swept.retired, [handle("key-1")]);
    assert_eq!(world.borrow().lines.last().unwrap().previous, None);
}

#[test]
fn an_emergency_waits_for_nothing_and_ends_both_old_tokens() {
    let (start, slot) = world();
    let world = shared(start);
    let mut rules = rules();
    rules.wait = Duration::ZERO;
    run(&world, &slot, &rules, None).unwrap().unwrap();
    let lines = world.borrow().lines.last().unwrap().clone();
    rules.overlap = Duration::ZERO;
    let done = run(&world, &lines, &rules, None).unwrap().unwrap();
    assert_eq!(done.retired, [handle("key-2"), handle("key-1")]);
    assert_eq!(world.borrow().now, 0);
    assert_eq!(world.borrow().live.len(), 1);
    assert_eq!(world.borrow().lines.last().unwrap().previous, None);
}

#[test]
fn the_test_may_fail_as_long_as_settle_says() {
    for (settled, passes) in [(9, true), (10, true), (12, false)] {
        let (mut start, slot) = world();
        start.settled = settled;
        let world = shared(start);
        let end = run(&world, &slot, &rules(), None).unwrap();
        assert_eq!(end.is_ok(), passes, "{settled}: {end:?}");
        if let Err(stopped) = end {
            assert_eq!(stopped.why, Why::Unfinished);
            assert!(world.borrow().live.contains_key(&handle("key-1")), "the old one is valid");
            assert!(world.borrow().lines.is_empty(), "the lock is as it was");
        }
    }
}

#[test]
fn a_consumer_that_works_with_the_old_token_has_not_passed() {
    let (mut start, slot) = world();
    start.consumers[0].lag = 30;
    let world = shared(start);
    let stopped = run(&world, &slot, &rules(), None).unwrap().unwrap_err();
    assert!(stopped.message.contains("still uses another token"), "{stopped}");
    assert!(world.borrow().live.contains_key(&handle("key-1")));
}

#[test]
fn the_first_rotation_has_no_old_token() {
    let (mut start, _) = world();
    // Somebody stored it by hand: it is no token of the slot.
    start.most = 3;
    let world = shared(start);
    let done = run(&world, &Slot::default(), &rules(), None).unwrap().unwrap();
    assert_eq!(done.token.generation, 1);
    // `find` lists it, so it was created for the slot.
    assert_eq!(done.retired, [handle("key-1")]);
    assert_eq!(world.borrow().died[&handle("key-1")], OVERLAP, "somebody may use it");
}

#[test]
fn the_first_rotation_waits_for_nobody_if_there_is_nobody() {
    let (mut start, _) = world();
    start.lists = false;
    let world = shared(start);
    let done = run(&world, &Slot::default(), &rules(), None).unwrap().unwrap();
    assert!(done.retired.is_empty());
    assert_eq!(world.borrow().now, 0);
}

#[test]
fn a_token_that_has_expired_is_not_ended() {
    let (mut start, slot) = world();
    start.now = 500_000;
    start.live.remove(&handle("key-1"));
    start.consumers.clear();
    start.consumers.push(crate::world::Consumer { lag: 0, uses: handle("key-1") });
    start.is_down = true;
    let world = shared(start);
    let done = run(&world, &slot, &rules(), None).unwrap().unwrap();
    assert!(done.retired.is_empty());
    assert_eq!(world.borrow().lines.len(), 1);
    assert_eq!(world.borrow().lines[0].previous, None);
}

#[test]
fn a_previous_token_that_has_expired_needs_no_handle() {
    let (start, mut slot) = world();
    let mut previous = slot.current.clone().unwrap();
    let token = previous.token.as_mut().unwrap();
    (token.expires, token.handle) = (Some(time(0)), None);
    slot.previous = Some(previous);
    let world = shared(start);
    let swept = run_sweep(&world, &slot, &rules()).unwrap().unwrap();
    assert!(swept.retired.is_empty());
    assert_eq!(world.borrow().lines.last().unwrap().previous, None);
}

#[test]
fn a_run_that_may_wait_ends_the_previous_token_at_its_time() {
    let (start, slot) = world();
    let world = shared(start);
    let mut rules = rules();
    rules.wait = Duration::ZERO;
    run(&world, &slot, &rules, None).unwrap().unwrap();
    let lines = world.borrow().lines.last().unwrap().clone();
    rules.wait = Duration::from_secs(OVERLAP);
    run(&world, &lines, &rules, None).unwrap().unwrap();
    assert_eq!(world.borrow().died[&handle("key-1")], OVERLAP);
}

#[test]
fn without_a_list_the_tokens_of_the_lock_are_ended() {
    let (mut start, slot) = world();
    start.lists = false;
    let world = shared(start);
    let mut rules = rules();
    rules.wait = Duration::ZERO;
    run(&world, &slot, &rules, None).unwrap().unwrap();
    let lines = world.borrow().lines.last().unwrap().clone();
    rules.overlap = Duration::ZERO;
    let done = run(&world, &lines, &rules, None).unwrap().unwrap();
    assert_eq!(done.retired, [handle("key-2"), handle("key-1")]);
}

#[test]
fn a_create_that_gives_the_current_token_ends_nothing() {
    for (number, name) in [(1, "key-1"), (2, "key-1"), (1, "key-2")] {
        let (mut start, slot) = world();
        start.gives = Some((number, handle(name)));
        let world = shared(start);
        let stopped = run(&world, &slot, &rules(), None).unwrap().unwrap_err();
        assert_eq!(stopped.why, Why::NeedsPerson);
        assert!(stopped.message.contains("the lock has already"), "{stopped}");
        assert_eq!(calls(&world).last().unwrap().as_str().replace("created", "create"), "create");
        assert!(world.borrow().died.is_empty());
    }
}

#[test]
fn a_token_without_a_record_is_ended_and_set_nowhere() {
    let (start, slot) = world();
    let world = shared(start);
    let fault = Fault { at: 2, after: false, kills: false };
    let stopped = run(&world, &slot, &rules(), Some(fault)).unwrap().unwrap_err();
    assert_eq!((stopped.why, stopped.step), (Why::Unfinished, StepName::Create));
    assert_eq!(calls(&world), ["find", "create", "created", "retire", "ended"]);
    assert_eq!(world.borrow().live.len(), 1);
}

#[test]
fn a_token_beyond_the_policy_is_ended_at_once() {
    let day = Duration::from_secs(86_400);
    for (expires, words) in [
        (Expiry::Never, "never expires"),
        (Expiry::In(90 * day + Duration::from_secs(1)), "lives longer"),
        (Expiry::At(time(90 * 86_400 + 1)), "lives longer"),
        (Expiry::In(Duration::ZERO), "expired already"),
        (Expiry::At(time(0)), "expired already"),
    ] {
        let (mut start, slot) = world();
        start.expires = expires;
        let world = shared(start);
        let stopped = run(&world, &slot, &rules(), None).unwrap().unwrap_err();
        assert_eq!(stopped.why, Why::NeedsPerson);
        assert!(stopped.message.contains(words), "{stopped}");
        assert_eq!(stopped.retired, [handle("key-2")]);
        assert_eq!(calls(&world), ["find", "create", "retire", "ended"], "nobody got it");
    }
    for expires in [Expiry::In(90 * day), Expiry::At(time(90 * 86_400)), Expiry::Unknown] {
        let (mut start, slot) = world();
        start.expires = expires;
        let done = run(&shared(start), &slot, &rules(), None).unwrap().unwrap();
        assert_eq!(done.token.expires, Some(time(90 * 86_400)));
    }
}

#[test]
fn a_token_without_an_id_is_ended_and_another_one_is_made() {
    let (mut start, slot) = world();
    start.weak = 2;
    let world_of_two = shared(start);
    let done = run(&world_of_two, &slot, &rules(), None).unwrap().unwrap();
    assert_eq!(done.token.handle, Some(handle("key-4")));
    assert_eq!(done.retired[..2], [handle("key-2"), handle("key-3")]);
    assert_eq!(world_of_two.borrow().live.len(), 1);
    let set = calls(&world_of_two).iter().filter(|call| *call == "set").count();
    assert_eq!(set, 1, "nobody got the others");

    // An issuer that makes nothing else needs a person.
    let (mut start, slot) = world();
    start.weak = u32::MAX;
    let world = shared(start);
    let stopped = run(&world, &slot, &rules(), None).unwrap().unwrap_err();
    assert_eq!((stopped.why, stopped.step), (Why::NeedsPerson, StepName::Create));
    assert!(stopped.message.contains("could be guessed"), "{stopped}");
    assert_eq!(world.borrow().live.len(), 1);
    assert!(!calls(&world).contains(&"set".to_owned()));
}

#[test]
fn a_handle_that_create_does_not_tell_is_what_find_lists_more() {
    let (mut start, slot) = world();
    start.names = false;
    let done = run(&shared(start), &slot, &rules(), None).unwrap().unwrap();
    assert_eq!(done.token.handle, Some(handle("key-2")));

    // Two appeared, so which one it is remains unknown. The next run ends both.
    let (mut start, slot) = world();
    (start.names, start.most, start.meanwhile) = (false, 4, Some((1, another_appears as Other)));
    let world = shared(start);
    let stopped = run(&world, &slot, &rules(), None).unwrap().unwrap_err();
    assert_eq!((stopped.why, stopped.step), (Why::Unfinished, StepName::Create));
    assert!(!calls(&world).contains(&"set".to_owned()));
}

fn another_appears(world: &Shared) {
    world.borrow_mut().live.insert(handle("key-other"), b"another one".to_vec());
}

#[test]
fn an_old_token_without_a_handle_is_told_and_its_line_stays() {
    let (start, mut slot) = world();
    slot.current.as_mut().unwrap().token.as_mut().unwrap().handle = None;
    let world = shared(start);
    let stopped = run(&world, &slot, &rules(), None).unwrap().unwrap_err();
    assert_eq!(stopped.why, Why::NeedsPerson);
    assert!(stopped.message.contains(&id(1).to_string()), "{stopped}");
    assert!(world.borrow().lines.last().unwrap().previous.is_some());
}
