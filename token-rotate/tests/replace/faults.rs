//! A run fails or is killed at each of its calls, before or after the call's effect, and another one follows that knows the lock
//! of before and nothing else.

use std::time::Duration;

use token_policy::lock::Slot;
use token_rotate::replace::Rules;

use crate::world::{Fault, OVERLAP, Shared, World, rules, run, shared, world};

/// What must hold after a run that finished: one token, which the consumer uses and the lock names.
fn is_done(world: &Shared) {
    let world = world.borrow();
    let live: Vec<_> = world.live.keys().collect();
    assert_eq!(live.len(), 1, "{:#?}", world.calls);
    assert!(world.consumers.iter().all(|consumer| consumer.uses == *live[0]));
    let lines = world.lines.last().unwrap();
    let current = lines.current.as_ref().unwrap().token.as_ref().unwrap();
    assert_eq!(current.handle.as_ref(), Some(live[0]));
    assert_eq!(lines.previous, None);
}

/// The first call that a run does not make, if nothing disturbs it.
fn calls_of(start: &World, slot: &Slot, rules: &Rules) -> usize {
    let world = shared(start.clone());
    run(&world, slot, rules, None).unwrap().unwrap();
    world.borrow().calls.len()
}

/// Tries each pair of faults, in a run and in the one that follows, and then one that nothing disturbs.
fn every_pair(start: &World, slot: &Slot, rules: &Rules) -> usize {
    let (mut tried, longest) = (0, 2 * calls_of(start, slot, rules));
    for first in (0..longest).flat_map(Fault::all_at) {
        let once = shared(start.clone());
        let end = run(&once, slot, rules, Some(first));
        let has_finished = matches!(end, Some(Ok(_)));
        tried += 1;
        if has_finished {
            is_done(&once);
            continue;
        }
        old_token_lives_until_passed(&once);
        let left = once.borrow().clone();
        for second in (0..longest).flat_map(Fault::all_at) {
            let world = shared(World { claim: None, ..left.clone() });
            tried += 1;
            if matches!(run(&world, slot, rules, Some(second)), Some(Ok(_))) {
                is_done(&world);
                continue;
            }
            world.borrow_mut().claim = None;
            match run(&world, slot, rules, None).unwrap() {
                Ok(_) => is_done(&world),
                Err(stopped) => {
                    panic!("{first:?}, {second:?}: {stopped:?} {:#?}", world.borrow().calls)
                }
            }
        }
    }
    tried
}

fn old_token_lives_until_passed(world: &Shared) {
    let world = world.borrow();
    if world.passed.is_none() {
        assert!(world.died.keys().all(|handle| handle.as_str() != "key-1"), "{:#?}", world.calls);
    }
}

#[test]
fn two_faults_in_a_row_leave_one_token_that_the_consumer_uses() {
    for has_claim in [false, true] {
        for names in [false, true] {
            let (mut start, slot) = world();
            (start.has_claim, start.names, start.most) = (has_claim, names, 3);
            let tried = every_pair(&start, &slot, &rules());
            assert!(tried > 1_000, "{tried}");
        }
    }
}

#[test]
fn so_they_do_if_a_consumer_is_late_by_less_than_the_overlap() {
    let (mut start, slot) = world();
    let late = crate::world::Consumer { lag: OVERLAP - 1, ..start.consumers[0].clone() };
    start.consumers.push(late);
    // After two killed runs the limit is reached, and only one consumer is asked.
    let longest = 2 * calls_of(&start, &slot, &rules());
    for fault in (0..longest).flat_map(Fault::all_at) {
        let world = shared(start.clone());
        if matches!(run(&world, &slot, &rules(), Some(fault)), Some(Ok(_))) {
            continue;
        }
        run(&world, &slot, &rules(), None).unwrap().unwrap();
        is_done(&world);
    }
}

#[test]
fn so_they_do_at_an_issuer_with_two_keys() {
    let (mut start, slot) = world();
    start.most = 2;
    let two = Rules { limit: 2, ..rules() };
    every_pair(&start, &slot, &two);
}

#[test]
fn and_in_an_emergency() {
    let (start, slot) = world();
    every_pair(&start, &slot, &Rules { overlap: Duration::ZERO, ..rules() });
}

#[test]
fn the_old_token_is_dead_a_second_after_the_overlap() {
    let (start, slot) = world();
    let world = shared(start);
    run(&world, &slot, &rules(), None).unwrap().unwrap();
    let world = world.borrow();
    let died = world.died.values().copied().max().unwrap();
    assert!(died >= world.passed.unwrap() && died <= world.passed.unwrap() + OVERLAP + 1);
}
