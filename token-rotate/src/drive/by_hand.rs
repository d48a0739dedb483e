//! Drives when told to, on the thread that tells.

use std::{fmt, sync::Arc, time::Duration};

use token_core::Reusable;

use super::{fetch, retire};
use crate::{
    Attempt, Failure, Fetched, Handle, Issuer,
    rotating::{Act, Rotating, Shared, Threads},
};

/// Does what is due when you say so: [`Options::by_hand`](crate::Options::by_hand).
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// # use token_core::{Admission, Grant, ManualClock, Scope, Secret, TokenKind, UtcDateTime};
/// # use token_rotate::{Attempt, Failure, Fetched, Issuer, Rotating};
/// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
/// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
/// # struct Server;
/// # impl Issuer<Ci> for Server {
/// #     fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
/// #         let secret = Secret::from(format!("tok_wQ8zL3nVb7XkR2mTj5Yc{}", attempt.number()));
/// #         Ok(Fetched::new(secret, Grant::new("repo:read").expires_in(Duration::from_secs(600))))
/// #     }
/// # }
/// let clock = Arc::new(ManualClock::new(UtcDateTime::UNIX_EPOCH));
/// let admission = Admission::with_clock(clock.clone());
/// let (rotating, hand) = Rotating::<Ci>::options(admission, Server).by_hand();
///
/// hand.step(); // fetches the first token
/// let first = rotating.current()?.id();
/// clock.advance(Duration::from_secs(599)); // it is about to expire
/// hand.step();
/// assert_ne!(rotating.current()?.id(), first);
/// # Ok::<(), token_rotate::Error>(())
/// ```
pub struct ByHand<K: Reusable, I> {
    shared: Arc<Shared<K>>,
    issuer: I,
}

pub(crate) fn start<K: Reusable, I: Issuer<K>>(
    shared: Arc<Shared<K>>,
    issuer: I,
) -> (Rotating<K>, ByHand<K, I>) {
    let rotating = Rotating::of(Arc::clone(&shared), Threads::default());
    (rotating, ByHand { shared, issuer })
}

impl<K: Reusable, I: Issuer<K>> ByHand<K, I> {
    /// Fetches and retires what is due now, and wipes what has expired. Returns how long nothing is due unless something happens:
    /// a rejection, a reader who finds no valid token. `None` once it was closed and all is done.
    pub fn step(&self) -> Option<Duration> {
        loop {
            match self.shared.act() {
                Act::Fetch(attempt) => {
                    self.shared.fetched(&attempt, fetch(&self.issuer, &attempt));
                }
                Act::Retire(handle) => {
                    self.shared.retired(&handle, &retire(&self.issuer, &handle));
                }
                Act::Sleep(at_most) => return Some(at_most),
                Act::End => return None,
            }
        }
    }

    /// What is to be done now, for whoever does it in a way of their own. A fetch and a retirement may take as long as they like;
    /// meanwhile this can be asked again.
    pub fn next(&self) -> Act {
        self.shared.act()
    }

    /// What came of the fetch that [`next`](Self::next) asked for.
    pub fn fetched(&self, attempt: &Attempt, result: Result<Fetched, Failure>) {
        self.shared.fetched(attempt, result);
    }

    /// What came of the retirement that [`next`](Self::next) asked for.
    pub fn retired(&self, handle: &Handle, result: &Result<(), Failure>) {
        self.shared.retired(handle, result);
    }

    /// The issuer.
    #[must_use]
    pub const fn issuer(&self) -> &I {
        &self.issuer
    }
}

impl<K: Reusable, I> fmt::Debug for ByHand<K, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByHand").field("kind", &K::COMPILED.name).finish_non_exhaustive()
    }
}
