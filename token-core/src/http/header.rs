//! Headers that carry a token: sensitive, and wiped.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::HeaderValue;

use crate::{
    Error,
    error::Refusal,
    scope::{PermittedBy, Reusable, TokenKind},
    secret::{Secret, wipe},
    token::{Exposed, Token},
};

impl<K: TokenKind> Token<K> {
    /// The value `Bearer <token>` for an operation (feature `http`): [`expose_for`](Self::expose_for) and
    /// [`bearer_header`](Exposed::bearer_header) in one line, also behind a [`Lease`](crate::Lease). For another header use
    /// [`with`](Self::with), such as `token.with(&operation, |exposed| exposed.raw_header())??`.
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use token_core::*;
    /// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
    /// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
    /// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
    /// # let grant = Grant::new("repo:read").expires_in(std::time::Duration::from_secs(60));
    /// # let token = Token::<Ci>::admit(Secret::from(String::from("abc")), &grant)?;
    /// assert_eq!(token.current()?.header(&ListRepos)?, "Bearer abc");
    /// # }
    /// # Ok::<(), token_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`expose_for`](Self::expose_for).
    pub fn header<O>(&self, operation: &O) -> Result<HeaderValue, Error>
    where
        O: PermittedBy<K> + ?Sized,
        K: Reusable,
    {
        self.expose_for(operation)?.bearer_header()
    }
}

/// Values of HTTP headers (feature `http`).
///
/// Each is marked sensitive, so its `Debug` prints no byte and HTTP/2 does not index it. Clones share one buffer, which is
/// wiped when the last of them drops. A header outlives the exposure it was made from: make it, drop the exposure, then
/// send. Copies that an HTTP client makes, for example in its write buffer, are not wiped.
impl Exposed<'_> {
    /// The value `Bearer <token>` for an `Authorization` header (RFC 6750 section 2.1).
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
        self.scheme_header("Bearer")
    }

    /// The value `<scheme> <token>` for an `Authorization` header of another scheme (RFC 9110 section 11.6.2), such as
    /// `token` or `GenieKey`.
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use token_core::*;
    /// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
    /// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
    /// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
    /// # let grant = Grant::new("repo:read").expires_in(std::time::Duration::from_secs(60));
    /// # let token = Token::<Ci>::admit(Secret::from(String::from("abc")), &grant)?;
    /// let exposed = token.expose_for(&ListRepos)?;
    /// assert_eq!(exposed.scheme_header("token")?.as_bytes(), b"token abc");
    ///
    /// let error = exposed.scheme_header("token:").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::MalformedScheme);
    /// # }
    /// # Ok::<(), token_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MalformedScheme`](crate::ErrorKind::MalformedScheme) if the scheme is not a token of HTTP (RFC 9110 section
    /// 5.6.2): letters, digits and a few signs, without a space or a colon.
    pub fn scheme_header(&self, scheme: &str) -> Result<HeaderValue, Error> {
        let wrong = scheme.bytes().position(|byte| !is_tchar(byte));
        if let Some(offset) = wrong.or_else(|| scheme.is_empty().then_some(0)) {
            return Err(Refusal::MalformedScheme { offset }.into());
        }
        sensitive(Secret::concat(&[scheme.as_bytes(), b" ", self.as_bytes()]))
    }

    /// The value `Basic <base64 of user:token>` for an `Authorization` header (RFC 7617), with the token in the place of
    /// the password. The user is written in UTF-8, and may be empty.
    ///
    /// A password that could be guessed is used like any other token; it only has no [id](crate::Token::id).
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use token_core::*;
    /// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
    /// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
    /// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
    /// # let grant = Grant::new("repo:read").expires_in(std::time::Duration::from_secs(60));
    /// let password = Secret::from(String::from("open sesame".replace(' ', "-")));
    /// let token = Token::<Ci>::admit(password, &grant)?;
    /// let header = token.expose_for(&ListRepos)?.basic_header("Aladdin")?;
    /// assert_eq!(header, concat!("Basic ", "QWxhZGRpbjpvcGVuLXNlc2FtZQ==")); // Aladdin:open-sesame
    /// # }
    /// # Ok::<(), token_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MalformedUser`](crate::ErrorKind::MalformedUser) if the user has a colon, which would end it, or a control
    /// character (RFC 7617 section 2).
    pub fn basic_header(&self, user: &str) -> Result<HeaderValue, Error> {
        let mut characters = user.char_indices();
        if let Some((offset, _)) = characters.find(|(_, c)| *c == ':' || c.is_control()) {
            return Err(Refusal::MalformedUser { offset }.into());
        }
        let pair = Secret::concat(&[user.as_bytes(), b":", self.as_bytes()]);
        sensitive(basic(&pair)?)
    }

    /// The token alone, for a header of the issuer's own, such as `X-Api-Key` or `PRIVATE-TOKEN`.
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use token_core::{Grant, RequireScopes, Scope, Secret, Token, TokenKind};
    /// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
    /// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
    /// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
    /// # let grant = Grant::new("repo:read").expires_in(std::time::Duration::from_secs(60));
    /// # let token = Token::<Ci>::admit(Secret::from(String::from("abc")), &grant)?;
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("x-api-key", token.expose_for(&ListRepos)?.raw_header()?);
    /// assert_eq!(headers["x-api-key"], "abc");
    /// # }
    /// # Ok::<(), token_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`bearer_header`](Self::bearer_header).
    pub fn raw_header(&self) -> Result<HeaderValue, Error> {
        sensitive(Secret::copy_of(self.as_bytes()))
    }
}

/// Encodes `user:token` in its place behind the scheme.
fn basic(pair: &Secret) -> Result<Secret, Refusal> {
    const TOO_LONG: Refusal = Refusal::Malformed { offset: 0 };
    const SCHEME: &[u8] = b"Basic ";
    let digits = base64::encoded_len(pair.bytes().len(), true).ok_or(TOO_LONG)?;
    Secret::fill(SCHEME.len() + digits, |value| {
        let (scheme, digits) = value.split_at_mut(SCHEME.len());
        scheme.copy_from_slice(SCHEME);
        STANDARD.encode_slice(pair.bytes(), digits).map(drop).map_err(|_| TOO_LONG)
    })
}

fn sensitive(value: Secret) -> Result<HeaderValue, Error> {
    let header = HeaderValue::from_maybe_shared(Bytes::from_owner(Wiping(value)));
    // The check of its characters reads 16 bytes or more at a time.
    wipe::registers();
    let mut header = header.map_err(|_| Refusal::Malformed { offset: 0 })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Whether a byte may stand in a token of HTTP (RFC 9110 section 5.6.2).
fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Lends its bytes to `Bytes`, which drops it, and so wipes it, with the last clone.
pub(super) struct Wiping(pub(super) Secret);

impl AsRef<[u8]> for Wiping {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}
