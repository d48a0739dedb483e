//! Tokens of our own issuer, in the same program.

use std::fmt;

use token_core::{Grant, TokenId, TokenKind};
use token_issue::{Error, ErrorKind, Issued, Mint};

use crate::{AsyncIssuer, Attempt, Failure, Fetched, Handle, Issuer};

/// Tokens that an issuer of this program mints, as an [`Issuer`]. One that was replaced is revoked, when the policy's overlap is over.
///
/// A service gets its tokens from the issuer of *another* program by its token endpoint: see [`oauth`](crate::oauth).
///
/// ```
/// use std::time::Duration;
/// use token_core::TokenKind;
/// use token_issue::{Issuer, Mint};
/// use token_rotate::Minted;
///
/// # fn jobs<K: TokenKind>(issuer: Issuer) -> impl token_rotate::Issuer<K> {
/// Minted::new(issuer, || Mint::new().lifetime(Duration::from_secs(600)).subject("job-17"))
/// # }
/// ```
pub struct Minted<F> {
    issuer: token_issue::Issuer,
    mint: F,
}

impl<F> Minted<F> {
    /// Tokens as `mint` says.
    pub const fn new<K: TokenKind>(issuer: token_issue::Issuer, mint: F) -> Self
    where
        F: Fn() -> Mint<K> + Send + Sync,
    {
        Self { issuer, mint }
    }

    async fn revoke(&self, old: &Handle) -> Result<(), Failure> {
        // A name that is no id was not given by this issuer, and ends nothing.
        let Ok(id) = old.as_str().parse::<TokenId>() else { return Ok(()) };
        self.issuer.revoke(id, "replaced by another token").await.map(drop).map_err(failure)
    }
}

/// The token is released here, so if it is not admitted, the caller revokes it by its handle.
fn fetched<K: TokenKind>(issued: Issued<K>) -> Fetched {
    let scopes: Vec<_> = issued.scopes().names().collect();
    let mut grant = Grant::new(&scopes.join(" ")).expires_at(issued.expires_at());
    if let Some(audience) = issued.audience() {
        grant = grant.audience(audience);
    }
    // A token for another build than this one is not admitted, and so revoked.
    if let Some(build) = issued.build() {
        grant = grant.for_build(*build);
    }
    let handle = Handle::new(issued.id().to_string());
    Fetched::new(issued.release(), grant).handle(handle)
}

/// What was asked for stays wrong until somebody changes the policy or the program. What the issuer needs may come back.
fn failure(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Duplicate
        | ErrorKind::Io
        | ErrorKind::NotReadBack
        | ErrorKind::NotRecorded
        | ErrorKind::Timeout
        | ErrorKind::Unavailable => Failure::transient(error),
        _ => Failure::permanent(error),
    }
}

impl<K, F> AsyncIssuer<K> for Minted<F>
where
    K: TokenKind,
    F: Fn() -> Mint<K> + Send + Sync,
{
    async fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        self.issuer.mint((self.mint)()).await.map(fetched).map_err(failure)
    }

    async fn retire(&self, old: &Handle) -> Result<(), Failure> {
        self.revoke(old).await
    }
}

impl<K, F> Issuer<K> for Minted<F>
where
    K: TokenKind,
    F: Fn() -> Mint<K> + Send + Sync,
{
    fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        pollster::block_on(self.issuer.mint((self.mint)())).map(fetched).map_err(failure)
    }

    fn retire(&self, old: &Handle) -> Result<(), Failure> {
        pollster::block_on(self.revoke(old))
    }
}

impl<F> fmt::Debug for Minted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minted").finish_non_exhaustive()
    }
}
