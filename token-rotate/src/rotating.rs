//! A token that is kept fresh.

mod changes;
mod current;
mod fresh;
mod health;
mod loan;
mod options;
#[cfg(test)]
#[path = "../tests/orders/mod.rs"]
mod orders;
mod shared;
mod sync;
mod turn;

use std::{
    fmt,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use token_core::{Admission, Reusable, TokenId};

pub use changes::Changes;
pub use fresh::Fresh;
pub use health::Health;
pub use loan::Loan;
pub use options::Options;
pub(crate) use shared::Shared;
pub use turn::Act;

use crate::{Error, ErrorKind, FromPolicy};

/// A token of kind `K` that is kept fresh: fetched before the old one expires, swapped while others read, and retired.
///
/// Share it in an [`Arc`], or by reference. Readers take the token that is current *now*, for one request, and come again for the
/// next one. Whoever takes an `impl Current<K>` or `&dyn Current<K>` takes this too ([`token_core::Current`]).
///
/// | to | see | waits |
/// |---|---|---|
/// | use the token | [`current`](Self::current) | never |
/// | be sure to have one, on a thread | [`wait`](Self::wait) | if nothing valid is held |
/// | be sure to have one, in a future | [`fresh`](Self::fresh) | if nothing valid is held |
/// | say that a server has rejected it | [`rejected`](Self::rejected) | never |
/// | hear of each new one | [`watch`](Self::watch) | as you like |
/// | see how it goes | [`health`](Self::health) | never |
/// | end it | [`close`](Self::close), [`close_async`](Self::close_async) | up to a deadline |
///
/// Kinds with `uses = "once"` are refused by the compiler: two readers would use one token.
///
/// ```compile_fail,E0277
/// # use token_core::{Scope, TokenKind};
/// # use token_rotate::Rotating;
/// # #[derive(Scope)] #[scope("deploy:run")] enum DeployRun {}
/// #[derive(TokenKind)]
/// #[token_kind(name = "one-shot", scopes(DeployRun), max_lifetime = "5m", uses = "once")]
/// enum OneShot {}
///
/// fn keep(rotating: &Rotating<OneShot>) {} // a token of kind `OneShot` may be used once only
/// # fn main() {}
/// ```
///
/// Dropping it closes it, and does not wait.
pub struct Rotating<K: Reusable> {
    shared: Arc<Shared<K>>,
    /// Those that run what the driver runs.
    threads: Threads,
}

/// The threads of a driver.
pub(crate) type Threads = Arc<std::sync::Mutex<Vec<JoinHandle<()>>>>;

impl<K: Reusable> Rotating<K> {
    /// How to keep tokens fresh that come from where the policy says: its `source`. The admission says on which clocks and with which
    /// recorder they are admitted.
    ///
    /// # Errors
    ///
    /// [`Refused`](ErrorKind::Refused) if the policy names no source for the kind.
    pub fn from_policy(admission: Admission) -> Result<Options<K, FromPolicy<K>>, Error> {
        let issuer = FromPolicy::new()?;
        Ok(Options::new(admission, issuer))
    }

    /// How to keep tokens fresh that come from this [`Issuer`](crate::Issuer) or [`AsyncIssuer`](crate::AsyncIssuer).
    pub fn options<I>(admission: Admission, issuer: I) -> Options<K, I> {
        Options::new(admission, issuer)
    }

    pub(crate) fn of(shared: Arc<Shared<K>>, threads: Threads) -> Self {
        Self { shared, threads }
    }

    /// The token, if a valid one is held. It never waits, takes no lock, and allocates nothing.
    ///
    /// The result borrows the token for a moment; the token is not wiped meanwhile, unless it expires. For a request that awaits, make
    /// the header first, or take a [`Lease`](token_core::Lease) by [`Current::current`](token_core::Current::current).
    ///
    /// # Errors
    ///
    /// [`Empty`](ErrorKind::Empty), [`Expired`](ErrorKind::Expired), [`Rejected`](ErrorKind::Rejected), [`Ended`](ErrorKind::Ended) or
    /// [`Closed`](ErrorKind::Closed), with what the last fetch said and the time until the next one.
    #[inline]
    pub fn current(&self) -> Result<Loan<'_, K>, Error> {
        match self.shared.usable() {
            Some(guard) => Ok(Loan::new(guard)),
            None => Err(self.shared.unusable()),
        }
    }

    /// The token. If no valid one is held, it waits for one, through failures that another try may mend.
    ///
    /// It blocks the thread. In an async runtime use [`fresh`](Self::fresh): on a runtime of one thread this would keep the fetch
    /// from running.
    ///
    /// # Errors
    ///
    /// [`Timeout`](ErrorKind::Timeout) after `deadline`, with what the last fetch said; at once [`Closed`](ErrorKind::Closed), and
    /// [`Refused`](ErrorKind::Refused) if the issuer said while it waited that somebody has to mend something.
    pub fn wait(&self, deadline: Duration) -> Result<Loan<'_, K>, Error> {
        let began = Instant::now();
        let seen = self.shared.lock().verdicts;
        loop {
            let Err(error) = self.current() else { return self.current() };
            if error.kind() == ErrorKind::Closed {
                return Err(error);
            }
            let state = self.shared.lock();
            let refused = state.last_error.clone().filter(|last| {
                let is_news = state.verdicts != seen && last.kind() == ErrorKind::Refused;
                is_news || last.is_settled(&error)
            });
            if let Some(refused) = refused {
                return Err(refused);
            }
            let left = deadline.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(Error::after(ErrorKind::Timeout, K::COMPILED.name, Some(&error), None));
            }
            // Something may have changed between the two locks, so look again soon.
            drop(self.shared.wait(state, left.min(LOOK_AGAIN)));
        }
    }

    /// Waits for the end of the first fetch.
    fn wait_first(&self, patience: Duration) -> Result<(), Error> {
        let began = Instant::now();
        let mut state = self.shared.lock();
        loop {
            match (state.revision, state.last_error.clone()) {
                (1.., _) => return Ok(()),
                (0, Some(error)) => return Err(error),
                (0, None) => {}
            }
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(Error::new(ErrorKind::Late, K::COMPILED.name));
            }
            state = self.shared.wait(state, left);
        }
    }

    /// The token, when a valid one is held. At once if that is so now; else with the end of the next fetch, which all who wait share.
    ///
    /// It needs no particular runtime. Dropping the future disturbs nobody: the fetch goes on.
    ///
    /// The future fails with [`Closed`](ErrorKind::Closed), or with what the fetch said: [`NotFetched`](ErrorKind::NotFetched),
    /// [`Refused`](ErrorKind::Refused), [`NotAdmitted`](ErrorKind::NotAdmitted), [`Late`](ErrorKind::Late),
    /// [`Unchanged`](ErrorKind::Unchanged).
    pub fn fresh(&self) -> Fresh<'_, K> {
        Fresh::new(&self.shared)
    }

    /// A server has rejected the token with this id, as with a 401 and `error="invalid_token"` (RFC 6750 section 3.1). Say which one was
    /// sent: `rotating.rejected(token.id())`.
    ///
    /// If it is the current one, it is given to nobody any more, and another one is fetched at once. If not, nothing happens: of a thousand
    /// requests that come back with a 401, the first one leads to a fetch. Tokens that are rejected soon after they were fetched are
    /// replaced less and less often, and used meanwhile, since it is then the server that is wrong, or one of several.
    pub fn rejected(&self, id: impl Into<Option<TokenId>>) {
        self.shared.reject(id.into());
    }

    /// Tells of each token that takes the place of another one.
    #[must_use]
    pub fn watch(&self) -> Changes<K> {
        Changes::new(Arc::clone(&self.shared))
    }

    /// How it goes, for a health check.
    #[must_use]
    pub fn health(&self) -> Health {
        Health::of(&self.shared)
    }

    /// Ends it: no further fetch, every token wiped and its end on record, whoever has leased it. Running calls of the issuer
    /// are told to end ([`Attempt::is_cancelled`](crate::Attempt::is_cancelled)), and tokens with a
    /// [handle](crate::Handle) are retired. Then it waits until everything has ended.
    ///
    /// # Errors
    ///
    /// [`Hung`](ErrorKind::Hung) after `deadline`. The tokens are wiped all the same.
    pub fn close(&self, deadline: Duration) -> Result<(), Error> {
        self.shared.close();
        let began = Instant::now();
        let mut state = self.shared.lock();
        while state.hands > 0 {
            let left = deadline.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(Error::new(ErrorKind::Hung, K::COMPILED.name));
            }
            state = self.shared.wait(state, left);
        }
        drop(state);
        let threads = self.threads.lock().map(|mut threads| std::mem::take(&mut *threads));
        for thread in threads.unwrap_or_default() {
            // Each has put down its hand, so it ends in a moment. A panic was told already.
            let _ = thread.join();
        }
        Ok(())
    }

    /// As [`close`](Self::close), in a future. It has no deadline of its own: put it under the runtime's, such as
    /// `tokio::time::timeout`. Tokens are wiped at the first poll.
    pub async fn close_async(&self) {
        self.shared.close();
        self.shared.until(|state| (state.hands == 0).then_some(())).await;
    }
}

impl<K: Reusable> Drop for Rotating<K> {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl<K: Reusable> fmt::Debug for Rotating<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rotating").field(&K::COMPILED.name).field(&self.health()).finish()
    }
}

/// How often a waiting thread looks, besides being woken.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
