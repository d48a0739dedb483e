//! How it goes.

use std::time::Duration;

use token_core::{Reusable, TokenId};

use super::Shared;
use crate::{Error, machine::State};

/// How it goes, at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Health {
    /// What is held.
    pub state: State,
    /// The id of the current token. `None` if there is none, or it could be guessed.
    pub token: Option<TokenId>,
    /// Whether the current token was newer than the deployed lock when it was admitted: a rotation made it, and the lock
    /// of that rotation is to be deployed. See [`Token::is_behind`](token_core::Token::is_behind).
    pub behind: bool,
    /// How long the current token is valid. [`Duration::MAX`] if it never expires.
    pub remaining: Duration,
    /// How long until the next fetch, unless something happens before. `None` if one is under way or none is planned.
    pub next_try: Option<Duration>,
    /// Whether a fetch is under way.
    pub is_fetching: bool,
    /// Failed fetches since the last one that brought a token.
    pub failures: u32,
    /// What the last fetch said, if it failed.
    pub last_error: Option<Error>,
    /// How many tokens there were so far.
    pub revision: u64,
    /// Leases of tokens that were replaced. One that stays out keeps an old token alive until it expires.
    pub leases: usize,
    /// How many tokens could not be ended at their issuer; each ends when it expires.
    pub not_retired: u64,
}

impl Health {
    pub(super) fn of<K: Reusable>(shared: &Shared<K>) -> Self {
        let now = shared.now();
        let slot = shared.slot.load_full();
        let state = shared.lock();
        Self {
            state: state.machine.state(now),
            token: slot.as_ref().and_then(|slot| slot.token.id()),
            behind: slot.as_ref().is_some_and(|slot| slot.token.is_behind()),
            remaining: slot.map_or(Duration::ZERO, |slot| slot.token.remaining()),
            next_try: state.machine.next_try(now),
            is_fetching: state.machine.is_fetching(),
            failures: state.machine.failures(),
            last_error: state.last_error.clone(),
            revision: state.revision,
            leases: state.leases(),
            not_retired: state.machine.given_up(),
        }
    }

    /// Whether a valid token is held.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.remaining.is_zero() && self.state != State::Expired
    }
}
