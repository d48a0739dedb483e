//! The end of a token on record, through all interleavings of the threads that replace it and close it.
//!
//! The module `closing` is the file of token-core, over loom's atomics: exactly one thread has a closing event to note, and the
//! id of the successor in it is whole or absent.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "tests, and code of token-core"
)]

/// The file takes its atomics from `core::sync::atomic`; these are loom's.
extern crate loom as core;

mod clock {
    pub(crate) use loom::sync::atomic::AtomicU64;
}
#[path = "../src/token/closing.rs"]
mod closing;
mod id {
    pub(crate) use token_core::TokenId;
}

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use closing::{Closing, End};
use id::TokenId;
use loom::thread;

/// Both halves of each differ from those of the other.
const FIRST: TokenId = TokenId::from_bytes([1; 16]);
const SECOND: TokenId = TokenId::from_bytes([2; 16]);

/// What one thread does with the token.
#[derive(Clone, Copy)]
enum Deed {
    Close,
    Replace(Option<TokenId>),
}

/// What the one closing event says: the successor, if it says that there is one.
type Said = Option<Option<TokenId>>;

/// The closing event that a thread has to note, if it has one.
fn does(closing: &Closing, deed: Deed) -> Option<Said> {
    match deed {
        Deed::Replace(successor) => {
            closing.replaced_by(successor);
            None
        }
        Deed::Close => match closing.close() {
            End::Noted => None,
            End::Plain => Some(None),
            End::Replaced(successor) => Some(Some(successor)),
        },
    }
}

/// All that the closing event says in any order of these deeds, each by a thread of its own, after the `first` one.
fn all_orders(first: Option<Deed>, deeds: &'static [Deed]) -> BTreeSet<Said> {
    let said = Arc::new(Mutex::new(BTreeSet::new()));
    let told = Arc::clone(&said);
    loom::model(move || {
        let closing = Arc::new(Closing::new());
        let mut events: Vec<Said> =
            first.and_then(|deed| does(&closing, deed)).into_iter().collect();
        let threads: Vec<_> = deeds
            .iter()
            .map(|deed| {
                let closing = Arc::clone(&closing);
                thread::spawn(move || does(&closing, *deed))
            })
            .collect();
        events.extend(threads.into_iter().filter_map(|thread| thread.join().unwrap()));
        assert!(events.len() <= 1, "{events:?}: closed more than once");
        // As dropping the token does, at the latest.
        events.extend(does(&closing, Deed::Close));
        assert_eq!(events.len(), 1, "{events:?}");
        told.lock().unwrap().extend(events);
    });
    Arc::try_unwrap(said).unwrap().into_inner().unwrap()
}

const REPLACE: Deed = Deed::Replace(Some(FIRST));

#[test]
fn a_token_that_is_replaced_while_two_threads_close_it_is_closed_once() {
    let said = all_orders(None, &[REPLACE, Deed::Close, Deed::Close]);
    assert_eq!(said, [None, Some(Some(FIRST))].into(), "whole or absent, and both occur");
}

#[test]
fn one_of_two_successors_counts_and_is_whole() {
    let said = all_orders(None, &[REPLACE, Deed::Replace(Some(SECOND)), Deed::Close]);
    assert_eq!(said, [None, Some(Some(FIRST)), Some(Some(SECOND))].into());
}

#[test]
fn a_successor_without_an_id_is_one_too() {
    let said = all_orders(None, &[Deed::Replace(None), REPLACE, Deed::Close]);
    assert_eq!(said, [None, Some(None), Some(Some(FIRST))].into());
}

#[test]
fn what_was_replaced_before_is_closed_as_replaced() {
    let said = all_orders(Some(REPLACE), &[Deed::Replace(Some(SECOND)), Deed::Close, Deed::Close]);
    assert_eq!(said, [Some(Some(FIRST))].into());
}

#[test]
fn a_successor_that_comes_after_the_end_is_left_out() {
    let said = all_orders(Some(Deed::Close), &[REPLACE, Deed::Close]);
    assert_eq!(said, [None].into());
}
