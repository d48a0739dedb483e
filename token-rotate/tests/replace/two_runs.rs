//! Another run begins in the middle of a run, at each of its calls, with the same lock.

use token_rotate::replace::{StepName, Why};

use crate::world::{Other, Shared, handle, rules, run, shared, world};

fn another(world: &Shared) {
    let (_, slot) = crate::world::world();
    let lives = world.borrow().live.len();
    match run(world, &slot, &rules(), None).unwrap() {
        Ok(_) => assert!(!world.borrow().has_claim || lives == 1, "it has had the claim"),
        Err(stopped) => assert_eq!(stopped.why, Why::Unfinished, "{stopped}"),
    }
}

#[test]
fn with_a_claim_the_other_run_changes_nothing() {
    for at in 0.. {
        let (mut start, slot) = world();
        (start.has_claim, start.most) = (true, 2);
        start.meanwhile = Some((at, another));
        let world = shared(start);
        let end = run(&world, &slot, &rules(), None).unwrap();
        if world.borrow().meanwhile.is_some() {
            assert!(at > 10, "{at}");
            return;
        }
        match end {
            // Its claim was not made yet: the other run went first.
            Err(stopped) => assert_eq!((at, stopped.why), (0, Why::Unfinished)),
            Ok(_) => assert_eq!(world.borrow().live.len(), 1),
        }
    }
}

#[test]
fn without_a_claim_nobody_is_locked_out_unless_a_run_begins_between_create_and_set() {
    let (undisturbed, slot) = world();
    let undisturbed = shared(undisturbed);
    run(&undisturbed, &slot, &rules(), None).unwrap().unwrap();
    let calls = undisturbed.borrow().calls.clone();
    let is_between = |call: &str| matches!(call, "created" | "set");
    for tells in [false, true] {
        for (at, _) in calls.iter().enumerate().filter(|(_, call)| !is_between(call)) {
            let (mut start, slot) = world();
            (start.most, start.tells) = (4, tells);
            start.meanwhile = Some((at, another));
            let world = shared(start);
            // The world checks after each effect that the consumer works.
            let _ = run(&world, &slot, &rules(), None).unwrap();
            assert!(world.borrow().meanwhile.is_none());
            run(&world, &slot, &rules(), None).unwrap().unwrap();
            assert_eq!(world.borrow().live.len(), 1, "{:#?}", world.borrow().calls);
        }
    }
}

/// A step that a killed run has left behind is carried out in the middle of the next run.
fn late(world: &Shared) {
    let mut world = world.borrow_mut();
    let late = handle("key-late");
    world.live.insert(late, b"a late one".to_vec());
}

#[test]
fn what_comes_late_is_ended_at_once_with_a_claim_and_by_the_next_run_without() {
    let (undisturbed, slot) = world();
    let undisturbed = shared(undisturbed);
    run(&undisturbed, &slot, &rules(), None).unwrap().unwrap();
    let calls = undisturbed.borrow().calls.clone();
    let retire = calls.iter().position(|call| call == "retire").unwrap();
    for has_claim in [true, false] {
        let (mut start, slot) = world();
        start.has_claim = has_claim;
        start.meanwhile = Some((retire, late));
        let world = shared(start);
        run(&world, &slot, &rules(), None).unwrap().unwrap();
        assert!(world.borrow().meanwhile.is_none());
        assert_eq!(world.borrow().live.contains_key(&handle("key-late")), !has_claim);
        world.borrow_mut().claim = None;
        run(&world, &slot, &rules(), None).unwrap().unwrap();
        assert_eq!(world.borrow().live.len(), 1);
    }
}

/// The claim of this run has ended by itself, and another run has it.
fn taken(world: &Shared) {
    let mut world = world.borrow_mut();
    world.claim = Some((0, world.now + 300));
}

#[test]
fn a_run_whose_claim_is_taken_makes_no_further_step() {
    let (mut undisturbed, slot) = world();
    undisturbed.has_claim = true;
    let undisturbed = shared(undisturbed);
    run(&undisturbed, &slot, &rules(), None).unwrap().unwrap();
    let calls = undisturbed.borrow().calls.clone();
    let effects = ["create", "set", "retire"];
    for effect in effects {
        let before = calls.iter().position(|call| call == effect).unwrap() - 1;
        assert_eq!(calls[before], "claim", "{effect} has a claim before it");
        let (mut start, slot) = world();
        (start.has_claim, start.meanwhile) = (true, Some((before, taken as Other)));
        let world = shared(start);
        let stopped = run(&world, &slot, &rules(), None).unwrap().unwrap_err();
        assert_eq!((stopped.why, stopped.step), (Why::Unfinished, StepName::Claim));
        assert!(!world.borrow().calls.iter().any(|call| call == effect), "{effect}");
    }
}

#[test]
fn a_claim_is_held_for_longer_while_the_consumer_is_asked() {
    let (mut start, slot) = world();
    (start.has_claim, start.settled) = (true, 5);
    let world = shared(start);
    run(&world, &slot, &rules(), None).unwrap().unwrap();
    let world = world.borrow();
    let asked = world.calls.windows(2).filter(|calls| *calls == ["test", "claim"]).count();
    assert!(asked > 1, "{:#?}", world.calls);
}
