//! Exposures that were forgotten: the token cannot be wiped before it is dropped, but every other token can.

use std::{mem, thread};

use super::{Ci, ListRepos, MINUTE, Place, alone, clock, token};

#[expect(clippy::mem_forget, reason = "what is tested")]
fn forget_one_of(token: &Ci) -> Place {
    let exposed = token.expose_for(&ListRepos).unwrap();
    let place = Place::of(&exposed);
    mem::forget(exposed);
    place
}

fn forget_one() {
    let token = token(&clock());
    assert!(!forget_one_of(&token).is_wiped());
}

/// Admits, uses and expires tokens, each of which may get the address of one that is gone.
fn others_are_wiped() {
    for _ in 0..20 {
        let clock = clock();
        let tokens = [token(&clock), token(&clock)];
        let places =
            tokens.each_ref().map(|token| Place::of(&token.expose_for(&ListRepos).unwrap()));
        clock.advance(MINUTE);
        assert!(tokens[0].check().unwrap_err().to_string().contains("and is wiped:"));
        assert!(tokens[1].remaining().is_zero());
        assert!(places.into_iter().all(Place::is_wiped));
    }
}

#[test]
fn here() {
    alone("forgotten::here", || {
        for _ in 0..300 {
            forget_one();
        }
        others_are_wiped();
    });
}

#[test]
fn on_threads_that_have_ended() {
    alone("forgotten::on_threads_that_have_ended", || {
        for _ in 0..20 {
            thread::spawn(|| (0..7).for_each(|_| forget_one())).join().unwrap();
            thread::spawn(others_are_wiped).join().unwrap();
        }
        others_are_wiped();
    });
}

#[test]
fn on_threads_that_run() {
    alone("forgotten::on_threads_that_run", || {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        forget_one();
                        others_are_wiped();
                    }
                });
            }
            others_are_wiped();
        });
    });
}

/// The error says what is true of the token whose exposure was forgotten.
#[test]
fn its_own_token_waits_for_the_drop() {
    alone("forgotten::its_own_token_waits_for_the_drop", || {
        for count in [1, 5, 400] {
            let clock = clock();
            let token = token(&clock);
            let places: Vec<_> = (0..count).map(|_| forget_one_of(&token)).collect();
            clock.advance(MINUTE);
            for _ in 0..2 {
                let error = token.check().unwrap_err().to_string();
                assert!(error.contains("or when it is dropped"), "{error}");
                assert!(!places[0].is_wiped());
            }
            let error = token.spend_for(&ListRepos).unwrap_err().to_string();
            assert!(error.contains("and is wiped:"), "spending drops it: {error}");
        }
    });
}
