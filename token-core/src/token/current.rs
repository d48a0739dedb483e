//! The token that is to be used now, from whoever keeps it.

use alloc::sync::Arc;
use core::{fmt, ops::Deref};

use super::Token;
use crate::{Error, id::TokenId, scope::Reusable};

/// What has a token of kind `K` to use now: a [`Token`], or something that keeps one fresh, such as `Rotating` of the crate
/// `token-rotate`.
///
/// A client of an API asks for this, so that its users can give it either. Ask anew for each request: the token may be
/// another one by then.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use std::sync::Arc;
/// use token_core::{Current, Error, Grants, RequireScopes, Reusable, Scope};
///
/// #[derive(Scope)]
/// #[scope("repo:read")]
/// pub struct RepoRead;
///
/// #[derive(RequireScopes)]
/// #[require(RepoRead)]
/// struct ListRepos;
///
/// pub struct Client<K: Reusable> {
///     token: Arc<dyn Current<K>>,
/// }
///
/// impl<K: Grants<RepoRead> + Reusable> Client<K> {
///     pub fn list(&self) -> Result<usize, Error> {
///         self.token.current()?.with(&ListRepos, |exposed| exposed.as_str().len())
///     }
/// }
/// # }
/// ```
///
/// # One line or two
///
/// A [`Lease`] is a value of its own, and an exposure borrows from it. So the exposure cannot outlive the statement that made
/// both:
///
#[cfg_attr(feature = "derive", doc = "```compile_fail,E0716")]
#[cfg_attr(not(feature = "derive"), doc = "```ignore")]
/// # use token_core::*;
/// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
/// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
/// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
/// # fn list(token: &dyn Current<Ci>) -> Result<usize, Error> {
/// let exposed = token.current()?.expose_for(&ListRepos)?; // temporary value dropped while borrowed
/// Ok(exposed.as_str().len())
/// # }
/// # fn main() {}
/// ```
///
/// Give the lease a name, or lend the text to a closure, or make the header (feature `http`):
///
#[cfg_attr(all(feature = "derive", feature = "http"), doc = "```")]
#[cfg_attr(not(all(feature = "derive", feature = "http")), doc = "```ignore")]
/// # use token_core::*;
/// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
/// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
/// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
/// # fn list(token: &dyn Current<Ci>) -> Result<(), Error> {
/// let lease = token.current()?;
/// let exposed = lease.expose_for(&ListRepos)?;
///
/// let length = token.current()?.with(&ListRepos, |exposed| exposed.as_str().len())?;
/// let header = token.current()?.header(&ListRepos)?;
/// # assert!(length == exposed.as_bytes().len() && header.is_sensitive());
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
pub trait Current<K: Reusable>: Send + Sync {
    /// The token to use now. It never waits.
    ///
    /// # Errors
    ///
    /// There is no valid token now. A [`Token`] that has expired says so when it is exposed.
    fn current(&self) -> Result<Lease<'_, K>, Error>;

    /// A server has refused the token with this [id](Token::id), as with a 401 and `error="invalid_token"` (RFC 6750 section
    /// 3.1). Who can get another token does so, if this one is still the current one. A [`Token`] does nothing.
    ///
    /// Say which one was refused, as `rejected(lease.id())`: many requests may come back with a 401 long after the token
    /// was replaced.
    fn rejected(&self, id: Option<TokenId>) {
        let _ = id;
    }
}

impl<K: Reusable> Current<K> for Token<K> {
    /// The token itself.
    fn current(&self) -> Result<Lease<'_, K>, Error> {
        Ok(Lease::own(self))
    }
}

impl<K: Reusable, C: Current<K> + ?Sized> Current<K> for &C {
    fn current(&self) -> Result<Lease<'_, K>, Error> {
        (**self).current()
    }

    fn rejected(&self, id: Option<TokenId>) {
        (**self).rejected(id);
    }
}

impl<K: Reusable, C: Current<K> + ?Sized> Current<K> for Arc<C> {
    fn current(&self) -> Result<Lease<'_, K>, Error> {
        (**self).current()
    }

    fn rejected(&self, id: Option<TokenId>) {
        (**self).rejected(id);
    }
}

/// A [`Token`] that somebody else keeps, for one use of it.
///
/// Keep a lease no longer than the operation takes. While it lives, a token that was replaced is not dropped; it is wiped
/// nevertheless when whoever keeps it [ends](Token::end) it or finds it expired. A lease gives no [`Arc`] away, since that
/// would keep a token alive which nobody uses.
#[must_use = "a lease is for the use of its token"]
pub struct Lease<'a, K: Reusable>(Holder<'a, K>);

enum Holder<'a, K: Reusable> {
    Own(&'a Token<K>),
    Shared(Arc<Token<K>>),
}

impl<'a, K: Reusable> Lease<'a, K> {
    /// A lease of a token that the lender has itself. For who implements [`Current`].
    pub const fn own(token: &'a Token<K>) -> Self {
        Self(Holder::Own(token))
    }

    /// A lease of a token that the lender may replace meanwhile. For who implements [`Current`].
    pub const fn shared(token: Arc<Token<K>>) -> Self {
        Self(Holder::Shared(token))
    }
}

impl<K: Reusable> Deref for Lease<'_, K> {
    type Target = Token<K>;

    #[inline]
    fn deref(&self) -> &Token<K> {
        match &self.0 {
            Holder::Own(token) => token,
            Holder::Shared(token) => token,
        }
    }
}

impl<K: Reusable> fmt::Debug for Lease<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&**self).finish()
    }
}
