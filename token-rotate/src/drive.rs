//! What carries out the machine's steps: a thread, a hand, a task.

pub(crate) mod by_hand;
pub(crate) mod thread;
#[cfg(feature = "tokio")]
pub(crate) mod tokio;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use by_hand::ByHand;

use token_core::TokenKind;

use crate::{Attempt, Failure, Fetched, Handle, Issuer};

/// A panic of an issuer is a failure like any other: the next try may go well.
fn fetch<K: TokenKind>(issuer: &impl Issuer<K>, attempt: &Attempt) -> Result<Fetched, Failure> {
    let caught = catch_unwind(AssertUnwindSafe(|| issuer.fetch(attempt)));
    caught.unwrap_or_else(|_| Err(Failure::transient(PANICKED)))
}

fn retire<K: TokenKind>(issuer: &impl Issuer<K>, handle: &Handle) -> Result<(), Failure> {
    let caught = catch_unwind(AssertUnwindSafe(|| issuer.retire(handle)));
    caught.unwrap_or_else(|_| Err(Failure::transient(PANICKED)))
}

const PANICKED: &str = "the issuer panicked";
