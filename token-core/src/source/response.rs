//! An OAuth 2.0 token response (RFC 6749 section 5.1).

mod body;

use std::io::Read;

#[cfg(feature = "http")]
use zeroize::Zeroize;

use self::body::{Body, NAME, Reading};
use super::{document::Fault, read};
use crate::{Error, Grant, Secret, error::Place};

/// A successful token response (RFC 6749 section 5.1): the token, and the
/// facts that came with it.
///
/// ```
/// use token_core::source::TokenResponse;
///
/// let body = br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600}"#;
/// let response = TokenResponse::read(&body[..], "repo:read")?;
///
/// assert!(response.access_token.constant_time_eq(b"2YotnFZFEjr1zCsicMWpAA"));
/// assert!(response.refresh_token.is_none());
/// // token_core::Token::<kind::GithubCi>::admit(response.access_token, &response.grant)?
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The token.
    pub access_token: Secret,
    /// Its scopes, and its expiry if `expires_in` is there. The lifetime counts from admission; for
    /// a response that was kept for a while, say when it was received with [`Grant::received_at`].
    pub grant: Grant,
    /// The refresh token, if the issuer gave one.
    pub refresh_token: Option<Secret>,
    /// Whether every buffer that was read is wiped. `false` only after `take` (feature `http`), of a body that somebody
    /// else still holds.
    pub is_wiped: bool,
}

impl TokenResponse {
    /// Reads the body of a response. `requested` is the scope that was asked
    /// for: by RFC 6749 an absent `scope` means that all of it was granted.
    ///
    /// Issuers differ from RFC 6749 in small ways, and what they mean is read: a member that is `null` is absent, a missing `token_type` is Bearer, `expires_in` may be
    /// a string or have a fraction (which is cut off), `scope` may be an array, or have commas or more than one space
    /// between the names, and the body may begin with a byte order mark. [`read_strict`](Self::read_strict) refuses these.
    ///
    /// # Errors
    ///
    /// With line, column and field: [`Syntax`](crate::ErrorKind::Syntax), also for a body that is no JSON object,
    /// [`MissingField`](crate::ErrorKind::MissingField),
    /// [`DuplicateField`](crate::ErrorKind::DuplicateField), [`WrongType`](crate::ErrorKind::WrongType) (also for a
    /// `token_type` other than Bearer), [`Malformed`](crate::ErrorKind::Malformed); [`IssuerRefused`](crate::ErrorKind::IssuerRefused)
    /// for an error response (section 5.2); [`TooLong`](crate::ErrorKind::TooLong), [`Io`](crate::ErrorKind::Io).
    pub fn read(reader: impl Read, requested: &str) -> Result<Self, Error> {
        Self::read_as(reader, requested, Reading::Lenient)
    }

    /// Reads the body of a response as an HTTP client gives it, and wipes it, also after an error.
    ///
    /// Bytes that have another owner cannot be wiped, such as a clone or another slice of them. They are read nevertheless, and
    /// [`is_wiped`](Self::is_wiped) is `false`. What HTTP and TLS libraries copy is theirs: `docs/http-clients.md` in
    /// the repository says what is left, and what helps.
    ///
    /// ```
    /// use token_core::source::TokenResponse;
    ///
    /// // hyper: `response.into_body().collect().await?.to_bytes()`; reqwest: `response.bytes().await?`
    /// let body = bytes::Bytes::from(br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer"}"#.to_vec());
    /// let response = TokenResponse::take(body, "repo:read")?;
    /// assert!(response.is_wiped);
    /// # Ok::<(), token_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[cfg(feature = "http")]
    pub fn take(body: bytes::Bytes, requested: &str) -> Result<Self, Error> {
        match body.try_into_mut() {
            Ok(mut body) => {
                let response = Self::read(&*body, requested);
                body.as_mut().zeroize();
                body.spare_capacity_mut().zeroize();
                response
            }
            Err(shared) => Ok(Self { is_wiped: false, ..Self::read(&*shared, requested)? }),
        }
    }

    /// Reads the body of a response that is exactly what RFC 6749 section 5.1 says.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_strict(reader: impl Read, requested: &str) -> Result<Self, Error> {
        Self::read_as(reader, requested, Reading::Strict)
    }

    fn read_as(reader: impl Read, requested: &str, reading: Reading) -> Result<Self, Error> {
        let body = read::read_from(reader, &Place::Response)?;
        let text = core::str::from_utf8(body.bytes());
        let text = text.map_err(|error| {
            Fault::syntax(error.valid_up_to()).at(NAME.into(), body.bytes(), "")
        })?;
        let text = match reading {
            Reading::Lenient => text.strip_prefix('\u{feff}').unwrap_or(text),
            Reading::Strict => text,
        };
        Body { text, reading }.response(requested)
    }
}
