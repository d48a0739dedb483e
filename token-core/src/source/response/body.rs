//! Reads the members of a token response.

use core::time::Duration;

use super::{
    super::{
        document::{self, A_STRING, Fault},
        escape::{self, Syntax},
        json, text,
    },
    TokenResponse,
};
use crate::{
    Error, Grant, Secret,
    error::{InDocument, Place, Problem},
};

/// How closely a response must follow RFC 6749.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Lenient,
    Strict,
}

/// The text of a response, wiped by its owner.
pub(super) struct Body<'t> {
    pub(super) text: &'t str,
    pub(super) reading: Reading,
}

impl<'t> Body<'t> {
    pub(super) fn response(&self, requested: &str) -> Result<TokenResponse, Error> {
        self.check_json()?;
        self.check_refused()?;
        self.check_bearer()?;
        let access_token =
            self.token("access_token")?.ok_or_else(|| self.missing("access_token"))?;
        let mut grant = match self.scopes()? {
            Some(scopes) => Grant::of(scopes).with_commas(self.is_lenient()),
            None => Grant::new(requested),
        };
        if let Some(lifetime) = self.lifetime()? {
            grant = grant.expires_in(lifetime);
        }
        let refresh_token = self.token("refresh_token")?;
        Ok(TokenResponse { access_token, grant, refresh_token, is_wiped: true })
    }

    fn is_lenient(&self) -> bool {
        self.reading == Reading::Lenient
    }

    /// Says what a body is that is no JSON object: often a proxy's page, or form-encoded.
    fn check_json(&self) -> Result<(), Error> {
        let text = self.text.trim_start();
        let but = match text.chars().next() {
            Some('{') => return Ok(()),
            None => "empty; check the address and the status of the answer",
            Some('<') => "an HTML or XML page; check the address and the status of the answer",
            _ if is_form(text) => {
                "form-encoded; ask for JSON with the header `Accept: application/json`"
            }
            _ => "something else; check the address and the status of the answer",
        };
        Err(Place::Response.problem(Problem::Document(InDocument::NotJson { but })).into())
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
            None if self.is_lenient() => Ok(()),
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

    /// The scopes, separated by single spaces. An array's elements are joined.
    fn scopes(&self) -> Result<Option<Secret>, Error> {
        let field = "scope";
        match self.member(field)? {
            Some(raw) if self.is_lenient() && raw.starts_with('[') => {
                let elements = json::elements(raw).map_err(|fault| self.fault(field, fault))?;
                let names = elements.into_iter().map(|element| {
                    let written = json::string(element);
                    let written =
                        written.ok_or_else(|| self.wrong_type(field, element, A_STRING))?;
                    self.decoded(field, written)
                });
                let names: Vec<Secret> = names.collect::<Result<_, Error>>()?;
                let parts: Vec<&[u8]> = names.iter().map(Secret::bytes).collect();
                Ok(Some(separated(&parts)))
            }
            _ => Ok(self.text_of(field)?.map(|(_, scopes)| match self.is_lenient() {
                true => separated(&[scopes.bytes()]),
                false => scopes,
            })),
        }
    }

    /// A string with its escapes decoded, and its offset in the document.
    fn text_of(&self, field: &str) -> Result<Option<(usize, Secret)>, Error> {
        let Some(written) = self.string(field)? else {
            return Ok(None);
        };
        let offset = json::range_in(self.text, written).start;
        Ok(Some((offset, self.decoded(field, written)?)))
    }

    fn decoded(&self, field: &str, written: &str) -> Result<Secret, Error> {
        let offset = json::range_in(self.text, written).start;
        escape::decode(written, Syntax::Json)
            .map_err(|problem| self.fault(field, Fault { offset, problem }))
    }

    /// Seconds, as a number; fractions are cut off.
    fn lifetime(&self) -> Result<Option<Duration>, Error> {
        let field = "expires_in";
        let Some(raw) = self.member(field)? else {
            return Ok(None);
        };
        let number = match self.reading {
            Reading::Lenient => json::string(raw).unwrap_or(raw),
            Reading::Strict => raw,
        };
        match seconds(number, self.reading) {
            Some(lifetime) => Ok(Some(lifetime)),
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

    /// The raw text of a member. Leniently `None` for `null` too, since some issuers write absent members so.
    fn member(&self, field: &str) -> Result<Option<&'t str>, Error> {
        let found = json::member(self.text, field).map_err(|fault| self.fault(field, fault))?;
        Ok(found.filter(|raw| !self.is_lenient() || *raw != "null"))
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

/// Whether a body looks like `name=value&name=value` (application/x-www-form-urlencoded).
fn is_form(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'"' | b'<');
    text.contains('=') && text.trim_end().bytes().all(is_plain)
}

/// Whole seconds. A JSON number, or only digits where RFC 6749 is followed strictly; fractions are cut off.
fn seconds(number: &str, reading: Reading) -> Option<Duration> {
    if let Ok(whole) = number.parse() {
        let is_digits = number.bytes().all(|byte| byte.is_ascii_digit());
        return is_digits.then(|| Duration::from_secs(whole));
    }
    let is_part = |byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    let is_number =
        number.starts_with(|first: char| first.is_ascii_digit()) && number.bytes().all(is_part);
    let number: f64 = number.parse().ok().filter(|_| is_number && reading == Reading::Lenient)?;
    // Beyond 2^53 a floating-point number has no exact seconds, and no lifetime is so long.
    (0.0..9_007_199_254_740_992.0).contains(&number).then(|| Duration::from_secs(number as u64))
}

/// The names of all parts, with single spaces between them.
fn separated(parts: &[&[u8]]) -> Secret {
    let names = parts.iter().flat_map(|part| part.split(|byte| *byte == b' '));
    let names = names.filter(|name| !name.is_empty());
    let spaced: Vec<&[u8]> = names.flat_map(|name| [&b" "[..], name]).skip(1).collect();
    Secret::concat(&spaced)
}

/// The name of the document in errors.
pub(super) const NAME: &str = "token response";

/// The codes of RFC 6749 section 5.2, the only ones that an error repeats.
const REFUSALS: [&str; 6] = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];
