//! Tokens from where the policy says.

use std::time::Duration;

use token_core::{Grant, TokenId, TokenKind, UtcDateTime, scope::CompiledSource, source};

use crate::{Attempt, Error, ErrorKind, Failure, Fetched, Issuer};

/// Gets tokens from where the policy says, its `source`: a file, a systemd credential, an environment variable, a helper
/// command.
///
/// Such a source says nothing about its tokens, so they are admitted with what the policy says ([`Grant::assumed`]), from the time at
/// which they were first seen. The token that is held is not admitted again, however often it is read.
///
/// A file and a credential are read every ten seconds. A helper command is run when a token is needed, and killed when nobody
/// waits for it any more.
#[derive(Clone, Debug)]
pub struct FromPolicy {
    source: CompiledSource,
}

/// How often a file is read.
const POLL: Duration = Duration::from_secs(10);

impl FromPolicy {
    /// Where tokens of kind `K` come from.
    ///
    /// # Errors
    ///
    /// [`Refused`](ErrorKind::Refused) if the policy does not say.
    pub fn of<K: TokenKind>() -> Result<Self, Error> {
        match K::COMPILED.source {
            Some(source) => Ok(Self { source }),
            None => {
                let cause = "the token policy names no `source` for it; name one, or use `Rotating::options` with an issuer";
                let cause: Box<dyn std::error::Error + Send + Sync> = cause.into();
                Err(Error::because(ErrorKind::Refused, K::COMPILED.name, cause.into()))
            }
        }
    }
}

impl<K: TokenKind> Issuer<K> for FromPolicy {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        let secret = source::load_unless::<K>(attempt.cancelled())?;
        let id = secret.with_bytes("names what was read", TokenId::of);
        if id.is_some() && id == attempt.held() {
            return Ok(Fetched::unchanged());
        }
        Ok(Fetched::new(secret, Grant::assumed::<K>(UtcDateTime::now())))
    }

    fn poll_every(&self) -> Option<Duration> {
        match self.source {
            CompiledSource::File { .. } | CompiledSource::Credential { .. } => Some(POLL),
            _ => None,
        }
    }
}
