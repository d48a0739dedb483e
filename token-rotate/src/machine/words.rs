//! What the machine says, and what it is told.

use std::time::Duration;

use token_core::TokenId;

use crate::{Handle, moment::Moment};

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// Fetch a token, and tell by [`Machine::done`](super::Machine::done) with this number.
    Fetch(u64),
    /// The fetch with this number took too long: nobody waits for it any more.
    GiveUp(u64),
    /// End this token at its issuer, and tell by [`Machine::retired`](super::Machine::retired).
    Retire(Handle),
    /// Nothing, until this moment has come or something was told.
    Sleep(Moment),
    /// Nothing ever again: it was closed, and all is done.
    End,
}

/// What a fetch brought.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A token that was admitted.
    Admitted(Facts),
    /// The token that is held, and no other.
    Unchanged,
    /// No token, or one that was not admitted; then this is its handle.
    Failed(Failed, Option<Handle>),
}

/// How a fetch failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Another try may succeed.
    Transient {
        /// How long the issuer asks to wait.
        retry_after: Option<Duration>,
    },
    /// Somebody has to mend something.
    Final,
}

/// What is known of a token that was admitted.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its id, if it has one.
    pub id: Option<TokenId>,
    /// By which its issuer ends it.
    pub handle: Option<Handle>,
    /// When it expires.
    pub expires: Moment,
    /// The wall time at which it is as old as the policy lets it become.
    pub aged: Duration,
}

/// What becomes of a token that was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Fate {
    /// It takes the place of the one that is held.
    Swap,
    /// It is of no use: drop it.
    Drop,
    /// The fetch was given up before, or it was closed: what came of it is no news, and of no use.
    Late,
}

/// The state of what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// A valid token that need not be replaced yet.
    Fresh,
    /// A valid token that is about to be replaced.
    Due,
    /// A valid token that expires soon.
    Urgent,
    /// No token, or one that has expired or was rejected.
    Expired,
    /// The issuer refuses for good: somebody has to mend something. A token that is held may still be valid.
    Refused,
}
