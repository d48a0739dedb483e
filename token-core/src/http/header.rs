//! The Authorization header (RFC 6750 section 2.1), sensitive and wiped.

use bytes::Bytes;
use http::HeaderValue;

use crate::{
    Error,
    error::Refusal,
    secret::{Secret, wipe},
    token::Exposed,
};

impl Exposed<'_> {
    /// The value `Bearer <token>` for an `Authorization` header (RFC 6750 section 2.1).
    ///
    /// It is marked sensitive, so its `Debug` prints no byte and HTTP/2 does not index it. Clones
    /// share one buffer, which is wiped when the last of them drops. Copies that an HTTP client
    /// makes, for example in its write buffer, are not wiped.
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use token_core::*;
    /// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
    /// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
    /// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
    /// # let grant = Grant::new("repo:read").expires_in(std::time::Duration::from_secs(60));
    /// # let token = Token::<Ci>::admit(Secret::from(String::from("abc")), &grant)?;
    /// let header = token.expose_for(&ListRepos)?.bearer_header()?;
    /// assert_eq!(header.as_bytes(), b"Bearer abc");
    /// assert_eq!(format!("{header:?}"), "Sensitive");
    /// # }
    /// # Ok::<(), token_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if the header could not carry the token. An
    /// admitted token is visible ASCII, so this does not happen.
    pub fn bearer_header(&self) -> Result<HeaderValue, Error> {
        let value = Wiping(Secret::concat(&[b"Bearer ", self.as_bytes()]));
        let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(value))
            .map_err(|_| Refusal::Malformed { offset: 0 })?;
        header.set_sensitive(true);
        // The check of the value's characters may have gone through them.
        wipe::registers();
        Ok(header)
    }
}

/// Lends its bytes to `Bytes`, which drops it, and so wipes it, with the last clone.
struct Wiping(Secret);

impl AsRef<[u8]> for Wiping {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}
