//! An OAuth 2.0 token response (RFC 6749 section 5.1).

use core::time::Duration;
use std::io::Read;

use super::{
    document::{self, A_STRING, Fault},
    json, read, text,
};
use crate::{
    Error, Grant, Secret,
    error::{Place, Problem},
};

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
}

impl TokenResponse {
    /// Reads the body of a response. `requested` is the scope that was asked
    /// for: by RFC 6749 an absent `scope` means that all of it was granted.
    ///
    /// # Errors
    ///
    /// With line, column and field: [`Syntax`](crate::ErrorKind::Syntax), [`MissingField`](crate::ErrorKind::MissingField),
    /// [`DuplicateField`](crate::ErrorKind::DuplicateField), [`WrongType`](crate::ErrorKind::WrongType) (also for a
    /// `token_type` other than Bearer), [`Malformed`](crate::ErrorKind::Malformed); [`IssuerRefused`](crate::ErrorKind::IssuerRefused)
    /// for an error response (section 5.2); [`TooLong`](crate::ErrorKind::TooLong), [`Io`](crate::ErrorKind::Io).
    pub fn read(reader: impl Read, requested: &str) -> Result<Self, Error> {
        let body = read::read_from(reader, &Place::Response)?;
        let text = core::str::from_utf8(body.bytes());
        let text = text.map_err(|error| {
            Fault::syntax(error.valid_up_to()).at(NAME.into(), body.bytes(), "")
        })?;
        Body { text }.response(requested)
    }
}

/// The text of a response, wiped by its owner.
struct Body<'t> {
    text: &'t str,
}

impl<'t> Body<'t> {
    fn response(&self, requested: &str) -> Result<TokenResponse, Error> {
        self.check_refused()?;
        self.check_bearer()?;
        let access_token =
            self.token("access_token")?.ok_or_else(|| self.missing("access_token"))?;
        let scopes = self.scopes()?.unwrap_or_else(|| Secret::copy_of(requested.as_bytes()));
        let mut grant = Grant::of(scopes);
        if let Some(lifetime) = self.lifetime()? {
            grant = grant.expires_in(lifetime);
        }
        let refresh_token = self.token("refresh_token")?;
        Ok(TokenResponse { access_token, grant, refresh_token })
    }

    /// Refuses an error response (RFC 6749 section 5.2). Its description is not repeated, since
    /// some issuers quote the request in it.
    fn check_refused(&self) -> Result<(), Error> {
        let Some(code) = self.string("error")? else {
            return Ok(());
        };
        let code = REFUSALS.iter().find(|known| **known == code).copied();
        Err(Place::Response.problem(Problem::IssuerRefused { code }).into())
    }

    fn check_bearer(&self) -> Result<(), Error> {
        match self.string("token_type")? {
            Some(name) if name.eq_ignore_ascii_case("bearer") => Ok(()),
            Some(name) => Err(self.wrong_type("token_type", name, "`Bearer`")),
            None => Err(self.missing("token_type")),
        }
    }

    fn token(&self, field: &str) -> Result<Option<Secret>, Error> {
        let Some((offset, token)) = self.text_of(field)? else {
            return Ok(None);
        };
        text::check(
            token.bytes(),
            document::place(NAME.into(), self.text.as_bytes(), field, offset),
        )?;
        Ok(Some(token))
    }

    fn scopes(&self) -> Result<Option<Secret>, Error> {
        Ok(self.text_of("scope")?.map(|(_, scopes)| scopes))
    }

    /// A string with its escapes decoded, and its offset in the document.
    fn text_of(&self, field: &str) -> Result<Option<(usize, Secret)>, Error> {
        let Some(written) = self.string(field)? else {
            return Ok(None);
        };
        let offset = json::range_in(self.text, written).start;
        match json::unescape(written) {
            Ok(text) => Ok(Some((offset, text))),
            Err(problem) => Err(self.fault(field, Fault { offset, problem })),
        }
    }

    /// Seconds, as a number; fractions are cut off.
    fn lifetime(&self) -> Result<Option<Duration>, Error> {
        let field = "expires_in";
        let Some(raw) = self.member(field)? else {
            return Ok(None);
        };
        // A number with an exponent is refused: `36.0e-1`, cut off at its point, would be ten times as long.
        let whole = raw.split('.').next().filter(|_| !raw.contains(['e', 'E']));
        match whole.and_then(|seconds| seconds.parse().ok()) {
            Some(seconds) => Ok(Some(Duration::from_secs(seconds))),
            None => Err(self.wrong_type(field, raw, "a number of seconds")),
        }
    }

    /// A string as written, without its quotes.
    fn string(&self, field: &str) -> Result<Option<&'t str>, Error> {
        let Some(raw) = self.member(field)? else {
            return Ok(None);
        };
        let string = json::string(raw);
        string.map(Some).ok_or_else(|| self.wrong_type(field, raw, A_STRING))
    }

    /// The raw text of a member. `None` for `null` too, since some issuers write absent members so.
    fn member(&self, field: &str) -> Result<Option<&'t str>, Error> {
        let found = json::member(self.text, field).map_err(|fault| self.fault(field, fault))?;
        Ok(found.filter(|raw| *raw != "null"))
    }

    fn missing(&self, field: &str) -> Error {
        self.fault(field, Fault::missing(0))
    }

    fn wrong_type(&self, field: &str, found: &str, expected: &'static str) -> Error {
        let offset = json::range_in(self.text, found).start;
        self.fault(field, Fault::wrong_type(offset, expected))
    }

    fn fault(&self, field: &str, fault: Fault) -> Error {
        fault.at(NAME.into(), self.text.as_bytes(), field).into()
    }
}

/// The name of the document in errors.
const NAME: &str = "token response";

/// The codes of RFC 6749 section 5.2, the only ones that an error repeats.
const REFUSALS: [&str; 6] = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];
