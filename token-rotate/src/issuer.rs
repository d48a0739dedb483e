//! Where tokens come from.

mod attempt;
mod failure;
mod fetched;
mod handle;

use std::{future::Future, time::Duration};

use token_core::TokenKind;

pub use attempt::Attempt;
pub use failure::Failure;
pub use fetched::Fetched;
pub(crate) use fetched::Parts;
pub use handle::Handle;

/// Where tokens of kind `K` come from: a server that makes one, a helper command, a file that an agent writes.
///
/// An issuer decides nothing about time: when it is called, how often, and what follows a failure is for whoever calls it. There is
/// at most one call of [`fetch`](Self::fetch) at a time, unless an earlier one has not returned within
/// [`Attempt::within`].
///
/// ```
/// use std::time::Duration;
/// use token_core::{Grant, Secret, TokenKind};
/// use token_rotate::{Attempt, Failure, Fetched, Handle, Issuer};
///
/// /// Asks a server for keys, which it can also take back.
/// struct Server;
/// # struct Reply { key: String, lives: u64, name: String }
/// # impl Server {
/// #     fn post(&self, _: Duration) -> Result<Reply, std::io::Error> { Ok(Reply { key: "abc".into(), lives: 600, name: "key-7".into() }) }
/// #     fn delete(&self, _: &str) -> Result<(), std::io::Error> { Ok(()) }
/// # }
///
/// impl<K: TokenKind> Issuer<K> for Server {
///     fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
///         let reply = self.post(attempt.within()).map_err(Failure::transient)?;
///         let grant = Grant::new("repo:read").expires_in(Duration::from_secs(reply.lives));
///         Ok(Fetched::new(Secret::from(reply.key), grant).handle(Handle::new(reply.name)))
///     }
///
///     fn retire(&self, old: &Handle) -> Result<(), Failure> {
///         self.delete(old.as_str()).map_err(Failure::transient)
///     }
/// }
/// ```
pub trait Issuer<K: TokenKind>: Send + Sync {
    /// Gets a token, and what the issuer says about it. The caller admits it; a token that is not admitted, such as an expired
    /// one, counts as a failure.
    ///
    /// It may take [`Attempt::within`], and should return soon after [`Attempt::is_cancelled`] says so. It runs on a
    /// thread of its own.
    ///
    /// # Errors
    ///
    /// [`Failure::Transient`] if another try may succeed without anybody mending something; else [`Failure::Final`].
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure>;

    /// Ends a token that was replaced, or that was not admitted. Called for each token that came with a
    /// [handle](Fetched::handle). It may be called again for one that is ended already, which is no failure.
    ///
    /// The default does nothing, for tokens that end by themselves.
    ///
    /// # Errors
    ///
    /// The token may still be valid. After [`Failure::Transient`] it is tried again.
    fn retire(&self, old: &Handle) -> Result<(), Failure> {
        let _ = old;
        Ok(())
    }

    /// How often to look whether there is another token, for a source that somebody else writes, such as a file: then
    /// [`fetch`](Self::fetch) makes nothing, and costs little. At most once a second.
    ///
    /// The default is `None`: each fetch makes a token, so there is none unless one is needed.
    fn poll_every(&self) -> Option<Duration> {
        None
    }
}

/// An [`Issuer`] whose calls await.
///
/// A call that takes longer than [`Attempt::within`], or that nobody needs any more, is dropped. So what must not be lost
/// half-way belongs into a task of its own.
pub trait AsyncIssuer<K: TokenKind>: Send + Sync {
    /// As [`Issuer::fetch`].
    ///
    /// # Errors
    ///
    /// As [`Issuer::fetch`].
    fn fetch(&self, attempt: &Attempt) -> impl Future<Output = Result<Fetched, Failure>> + Send;

    /// As [`Issuer::retire`].
    ///
    /// # Errors
    ///
    /// As [`Issuer::retire`].
    fn retire(&self, old: &Handle) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = old;
        std::future::ready(Ok(()))
    }

    /// As [`Issuer::poll_every`].
    fn poll_every(&self) -> Option<Duration> {
        None
    }
}

impl<K: TokenKind, I: Issuer<K> + ?Sized> Issuer<K> for std::sync::Arc<I> {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        (**self).fetch(attempt)
    }

    fn retire(&self, old: &Handle) -> Result<(), Failure> {
        (**self).retire(old)
    }

    fn poll_every(&self) -> Option<Duration> {
        (**self).poll_every()
    }
}

impl<K: TokenKind, I: AsyncIssuer<K> + ?Sized> AsyncIssuer<K> for std::sync::Arc<I> {
    fn fetch(&self, attempt: &Attempt) -> impl Future<Output = Result<Fetched, Failure>> + Send {
        (**self).fetch(attempt)
    }

    fn retire(&self, old: &Handle) -> impl Future<Output = Result<(), Failure>> + Send {
        (**self).retire(old)
    }

    fn poll_every(&self) -> Option<Duration> {
        (**self).poll_every()
    }
}
