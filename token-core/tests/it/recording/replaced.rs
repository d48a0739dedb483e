//! One closing event for a token that was replaced or ended, whatever wipes it.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use token_core::{
    Token, TokenId,
    record::{Action, Log},
};

use super::{ci, closings, names, recorded, total};
use crate::support::{ListRepos, ci_token, clock, kind, secs};

const NEXT: TokenId = TokenId::from_bytes([0x4f; 16]);

/// Ends a token of kind `ci` on a clock that it may turn, and tells what is on record of it.
fn life(end: impl FnOnce(Token<kind::Ci>, &token_core::ManualClock)) -> Vec<Action> {
    let clock = clock();
    let (recorder, admission) = recorded(&clock);
    end(ci(&admission), &clock);
    assert_eq!(recorder.standing().unwrap().open, [], "the creation is closed");
    let events = recorder.events();
    assert!(events.iter().all(|event| event.token == events[0].token), "the token itself");
    events.into_iter().skip(1).map(|event| event.action).collect()
}

fn rotated() -> Action {
    Action::rotated(Some(0), Some(NEXT))
}

#[test]
fn a_replaced_token_is_closed_as_rotated_at_its_wipe_and_not_before() {
    let clock = clock();
    let (recorder, admission) = recorded(&clock);
    let token = ci(&admission);
    token.replaced_by(NEXT);
    token.expose_for(&ListRepos).map(drop).unwrap();
    assert_eq!(names(&recorder.events()), ["admitted"], "it is valid and held");
    drop(token);
    let events = recorder.events();
    assert_eq!(names(&events), ["admitted", "exposed", "rotated"]);
    assert_eq!(events[2].action, rotated());
    assert_eq!((&events[2].actor, &events[2].reason), (&events[0].actor, &events[0].reason));
}

#[test]
fn whatever_wipes_a_replaced_token_it_was_rotated() {
    let ended = life(|token, _| {
        token.replaced_by(NEXT);
        token.end();
        token.end();
    });
    let expired = life(|token, clock| {
        token.replaced_by(NEXT);
        clock.advance(secs(600));
        assert!(token.check().is_err());
    });
    let both = life(|token, clock| {
        token.replaced_by(NEXT);
        token.end();
        clock.advance(secs(600));
        assert!(token.check().is_err());
    });
    assert_eq!([ended, expired, both], [[rotated()], [rotated()], [rotated()]].map(Vec::from));

    let spent = life(|token, _| {
        token.replaced_by(NEXT);
        drop(token.spend_for(&ListRepos).unwrap());
    });
    assert_eq!((spent.len(), &spent[1]), (2, &rotated()));
}

#[test]
fn a_token_that_is_ended_without_a_successor_is_destroyed() {
    let destroyed = [Action::destroyed(Some(0))];
    assert_eq!(life(|token, _| token.end()), destroyed);
    let late = life(|token, _| {
        token.end();
        token.replaced_by(NEXT);
    });
    assert_eq!(late, destroyed, "a successor that comes after the end");
}

#[test]
fn the_first_end_and_the_first_successor_count() {
    let expired = life(|token, clock| {
        clock.advance(secs(600));
        assert!(token.check().is_err());
        token.replaced_by(NEXT);
        token.end();
    });
    assert_eq!(expired, [Action::expired(Some(0))]);

    let twice = life(|token, _| {
        token.replaced_by(NEXT);
        token.replaced_by(TokenId::from_bytes([1; 16]));
        token.replaced_by(None);
    });
    assert_eq!(twice, [rotated()]);
}

#[test]
fn a_successor_may_have_no_id_and_any_id_comes_back_whole() {
    let unnamed = life(|token, _| token.replaced_by(None));
    assert_eq!(unnamed, [Action::rotated(Some(0), None)]);
    for id in [[0; 16], [0xff; 16], *b"0123456789abcdef"].map(TokenId::from_bytes) {
        assert_eq!(life(|token, _| token.replaced_by(id)), [Action::rotated(Some(0), Some(id))]);
    }
}

#[test]
fn without_a_recorder_a_replaced_token_is_a_token() {
    let token = ci_token(&clock(), secs(60));
    token.replaced_by(NEXT);
    assert!(token.expose_for(&ListRepos).is_ok());
    token.end();
}

/// It is used, found expired, replaced and ended at one time.
#[test]
fn eight_threads_give_one_closing_event_and_count_each_use() {
    for round in 0..500 {
        let clock = clock();
        let (recorder, admission) = recorded(&clock);
        let (token, exposed) = (Arc::new(ci(&admission)), AtomicU64::new(0));
        let start = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8 {
                let (token, clock, start, exposed) = (token.clone(), &clock, &start, &exposed);
                scope.spawn(move || {
                    start.wait();
                    match number {
                        0 if round % 2 == 0 => clock.advance(secs(600)),
                        1 => token.replaced_by(NEXT),
                        2 if round % 3 > 0 => token.end(),
                        3..=5 => {
                            for _ in 0..50 {
                                let used = token.expose_for(&ListRepos).is_ok();
                                exposed.fetch_add(used.into(), Ordering::Relaxed);
                            }
                        }
                        _ => drop(token.check()),
                    }
                });
            }
        });
        drop(token);
        let events = recorder.events();
        assert_eq!(closings(&events), 1, "{:?}", names(&events));
        assert_eq!(total(&events, "repo:read"), exposed.into_inner());
        assert_eq!(recorder.standing().unwrap().open, []);
    }
}
