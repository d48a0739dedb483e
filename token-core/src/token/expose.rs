//! The token's text, for the time of one operation.

use core::{fmt, marker::PhantomData};

use super::held::Spent;
use crate::secret::vault::Reading;

/// The text of a token, exposed for one operation.
///
/// While the exposure lives, the bytes stay where they are; no method copies them. Every copy that *you* make of
/// [`as_str`](Self::as_str) is yours to wipe, so prefer `bearer_header` and its like (feature `http`), whose buffers are
/// wiped.
///
/// # Not across an `.await`
///
/// A token that expires while it is exposed is wiped only when the exposure ends. A future that holds one while it waits
/// for a server holds the token that long. So an exposure is not `Send`, and a future that holds one across an `.await`
/// cannot be spawned on a runtime of several threads:
///
#[cfg_attr(feature = "http", doc = "```compile_fail")]
#[cfg_attr(not(feature = "http"), doc = "```ignore")]
/// # use token_core::*;
/// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
/// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
/// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
/// # async fn send(header: ::http::HeaderValue) {}
/// # fn spawn(future: impl Future<Output = Result<(), Error>> + Send) {}
/// async fn list(token: &Token<Ci>) -> Result<(), Error> {
///     send(token.expose_for(&ListRepos)?.bearer_header()?).await; // the exposure lives until the end of the statement
///     Ok(())
/// }
/// # fn start(token: &Token<Ci>) {
/// spawn(list(token)); // future is not `Send` as this value is used across an await
/// # }
/// # fn main() {}
/// ```
///
/// Make the header in a statement of its own. It outlives the exposure:
///
#[cfg_attr(all(feature = "derive", feature = "http"), doc = "```")]
#[cfg_attr(not(all(feature = "derive", feature = "http")), doc = "```ignore")]
/// # use token_core::*;
/// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
/// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
/// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
/// # async fn send(header: ::http::HeaderValue) {}
/// # fn spawn(future: impl Future<Output = Result<(), Error>> + Send) {}
/// async fn list(token: &Token<Ci>) -> Result<(), Error> {
///     let header = token.expose_for(&ListRepos)?.bearer_header()?;
///     send(header).await;
///     Ok(())
/// }
/// # fn start(token: &Token<Ci>) {
/// spawn(list(token));
/// # }
/// # fn main() {}
/// ```
///
/// On a runtime of one thread nothing refuses it, so write it the same way there.
#[must_use = "an exposure that is not read has no use"]
pub struct Exposed<'t>(Holder<'t>, NotSend);

/// A pointer is neither `Send` nor `Sync`, and so neither is what has a marker of one.
type NotSend = PhantomData<*const ()>;

enum Holder<'t> {
    /// A token that can be exposed again.
    Token(Reading<'t>),
    /// A token that was spent.
    Spent(Spent),
}

impl<'t> Exposed<'t> {
    pub(super) fn borrowed(reading: Reading<'t>) -> Self {
        Self(Holder::Token(reading), PhantomData)
    }

    pub(super) fn owned(spent: Spent) -> Self {
        Self(Holder::Spent(spent), PhantomData)
    }

    /// The token as bytes: visible ASCII, at least one.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Holder::Token(reading) => reading.bytes(),
            Holder::Spent(spent) => spent.bytes(),
        }
    }

    /// The token as text.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Admission let only visible ASCII in, so the fallback is never taken.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Debug for Exposed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exposed([redacted])")
    }
}
