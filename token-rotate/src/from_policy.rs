//! Tokens from where the policy says.

use std::{fmt, time::Duration};

use token_core::{Grant, TokenId, TokenKind, UtcDateTime, source};

use crate::{Attempt, Error, ErrorKind, Failure, Fetched, Issuer, Watched};

/// Gets tokens from where the policy says, its `source`: a file, a systemd credential, an environment variable, a helper
/// command.
///
/// Such a source says nothing about its tokens, so they are admitted with what the policy says ([`Grant::assumed`]): a file from the
/// time at which it was written, others from the time at which they were first seen. The token that is held is not admitted again,
/// however often it is read.
///
/// A file and a credential are [watched](Watched). A helper command is run when a token is needed, and killed when nobody
/// waits for it any more. A variable can only be read while the program has one thread, so give it with a [`FromFn`](crate::FromFn):
/// read it in `main`, before anything is started.
pub struct FromPolicy<K> {
    /// `None` if the source is no file.
    watched: Option<Watched<K>>,
}

impl<K: TokenKind> FromPolicy<K> {
    /// Where tokens of kind `K` come from.
    ///
    /// # Errors
    ///
    /// [`Refused`](ErrorKind::Refused) if the policy does not say.
    pub fn new() -> Result<Self, Error> {
        if K::COMPILED.source.is_none() {
            let cause = "the token policy names no `source` for it; name one, or use `Rotating::options` with an issuer";
            let cause: Box<dyn std::error::Error + Send + Sync> = cause.into();
            return Err(Error::because(ErrorKind::Refused, K::COMPILED.name, cause.into()));
        }
        Ok(Self { watched: Watched::from_policy() })
    }
}

impl<K: TokenKind> Issuer<K> for FromPolicy<K> {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        if let Some(watched) = &self.watched {
            return watched.fetch(attempt);
        }
        let secret = source::load_unless::<K>(attempt.cancelled())?;
        let id = secret.with_bytes("names what was read", TokenId::of);
        if id.is_some() && id == attempt.held() {
            return Ok(Fetched::unchanged());
        }
        Ok(Fetched::new(secret, Grant::assumed::<K>(UtcDateTime::now())))
    }

    fn poll_every(&self) -> Option<Duration> {
        self.watched.as_ref().and_then(Issuer::poll_every)
    }
}

impl<K: TokenKind> fmt::Debug for FromPolicy<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromPolicy").field("source", &K::COMPILED.source).finish_non_exhaustive()
    }
}
