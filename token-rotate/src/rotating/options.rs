//! How to keep a token fresh.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use token_core::{Admission, Reusable, Secret};

use super::{
    Rotating, Shared,
    shared::{Follow, Followed},
};
use crate::{
    Error, Issuer,
    drive::{self, ByHand},
    machine::{DEFAULT_PATIENCE, Rules},
    moment::Clocks,
};

/// How to keep tokens of kind `K` fresh. Windows and overlap are the policy's: its `rotate`.
#[must_use = "nothing begins before `start`"]
pub struct Options<K, I> {
    admission: Admission,
    issuer: I,
    patience: Duration,
    follow: Option<Follow>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Reusable, I> Options<K, I> {
    pub(super) fn new(admission: Admission, issuer: I) -> Self {
        Self { admission, issuer, patience: DEFAULT_PATIENCE, follow: None, kind: PhantomData }
    }

    /// How long one fetch may take; 30 seconds unless you say otherwise.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Has something see each new secret before it is admitted, and keeps what that returns as long as the token may be used. So a
    /// redaction learns the tokens to mask:
    ///
    /// `.follow(move |secret| redaction.register_secret::<kind::GithubCi>(secret))`
    pub fn follow<F: Send + Sync + 'static>(
        self,
        follow: impl Fn(&Secret) -> F + Send + Sync + 'static,
    ) -> Self {
        let follow = move |secret: &Secret| Box::new(follow(secret)) as Followed;
        Self { follow: Some(Box::new(follow)), ..self }
    }

    /// What is shared, and the issuer.
    pub(crate) fn share(self, poll: impl FnOnce(&I) -> Option<Duration>) -> (Arc<Shared<K>>, I) {
        let poll = poll(&self.issuer).map(|poll| poll.max(Duration::from_secs(1)));
        let rules = Rules { poll, patience: self.patience, ..Rules::of(K::COMPILED) };
        let clocks = match self.admission.clock() {
            Some(clock) => Clocks::Given(Arc::clone(clock)),
            None => Clocks::System,
        };
        let shared = Shared::new(self.admission, clocks, rules, self.follow, fastrand::u64(..));
        (Arc::new(shared), self.issuer)
    }
}

impl<K: Reusable, I: Issuer<K> + 'static> Options<K, I> {
    /// Fetches the first token, on this thread, and keeps it fresh from a thread of its own.
    ///
    /// # Errors
    ///
    /// What the first fetch said, and [`NoThread`](crate::ErrorKind::NoThread). Nothing is left running.
    pub fn start(self) -> Result<Rotating<K>, Error> {
        let patience = self.patience;
        let rotating = self.start_empty()?;
        match rotating.wait_first(patience) {
            Ok(()) => Ok(rotating),
            Err(error) => Err(error),
        }
    }

    /// As [`start`](Self::start), but returns at once: the first token is fetched in the background. For a service that starts while
    /// its issuer is down.
    ///
    /// # Errors
    ///
    /// [`NoThread`](crate::ErrorKind::NoThread).
    pub fn start_empty(self) -> Result<Rotating<K>, Error> {
        let (shared, issuer) = self.share(I::poll_every);
        drive::thread::start(&shared, issuer)
    }

    /// Nothing runs by itself: each [`step`](ByHand::step) does what is due, on this thread. For tests with a
    /// [`ManualClock`](token_core::ManualClock), and for programs with a loop of their own.
    pub fn by_hand(self) -> (Rotating<K>, ByHand<K, I>) {
        let (shared, issuer) = self.share(I::poll_every);
        drive::by_hand::start(shared, issuer)
    }
}

#[cfg(feature = "tokio")]
impl<K: Reusable, I: crate::AsyncIssuer<K> + 'static> Options<K, I> {
    /// Fetches the first token, and keeps it fresh from tasks of the tokio runtime that runs here (feature `tokio`).
    ///
    /// The tasks end with the runtime. For an [`Issuer`] that blocks use [`start_empty`](Self::start_empty), also in an async service, and
    /// then [`fresh`](Rotating::fresh).
    ///
    /// # Errors
    ///
    /// What the first fetch said, and [`NoRuntime`](crate::ErrorKind::NoRuntime). Nothing is left running.
    pub async fn start_on_tokio(self) -> Result<Rotating<K>, Error> {
        let rotating = self.start_empty_on_tokio()?;
        rotating.fresh().first().await.map(drop)?;
        Ok(rotating)
    }

    /// As [`start_on_tokio`](Self::start_on_tokio), but returns at once: the first token is fetched in the background.
    ///
    /// # Errors
    ///
    /// [`NoRuntime`](crate::ErrorKind::NoRuntime).
    pub fn start_empty_on_tokio(self) -> Result<Rotating<K>, Error> {
        let (shared, issuer) = self.share(I::poll_every);
        drive::tokio::start(shared, issuer)
    }
}

impl<K, I> fmt::Debug for Options<K, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("admission", &self.admission)
            .field("patience", &self.patience)
            .field("is_followed", &self.follow.is_some())
            .finish_non_exhaustive()
    }
}
