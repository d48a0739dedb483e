//! Another run begins in the middle of a run, at each of its calls, with the same lock.

use token_rotate::replace::Why;

use crate::world::{Shared, rules, run, shared, world};

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
