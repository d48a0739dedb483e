//! Why a server rejected a request with a token: RFC 6750 section 3.

use alloc::string::String;
use core::{error, fmt};

use http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use http_auth::{ChallengeParser, ChallengeRef};
use zeroize::Zeroizing;

use super::NeededScopes;

/// Why a server rejected a request that had a token, by the status and the header `WWW-Authenticate` of its answer
/// (RFC 6750 section 3).
///
/// Its texts have no byte of the answer.
///
/// ```
/// use http::{HeaderMap, StatusCode, header::WWW_AUTHENTICATE};
/// use token_core::http::Rejected;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(WWW_AUTHENTICATE, r#"Bearer realm="api", error="invalid_token""#.parse()?);
/// let rejected = Rejected::of(StatusCode::UNAUTHORIZED, &headers, &[]);
/// assert_eq!(rejected, Some(Rejected::InvalidToken));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejected {
    /// `invalid_token`: the token has expired, was revoked, or is unknown to the server.
    InvalidToken,
    /// Status 401, without an error that RFC 6750 knows. The credentials were refused all the same (RFC 9110 section 15.5.2).
    Unexplained,
    /// `insufficient_scope`: the request needs other scopes than the token has.
    InsufficientScope(NeededScopes),
    /// `invalid_request`: the server cannot read the request's credentials, for example since there are several.
    InvalidRequest,
}

impl Rejected {
    /// Reads an answer. `None` if it has nothing against the token.
    ///
    /// `known` has the scopes that may stand in messages: `K::COMPILED.known_scopes` for a token of kind `K`, or those of an
    /// SDK. Of the header, 16 values of up to 8 KiB are read; what is longer, or is no challenge (RFC 9110 section 11.6.1), is
    /// left out.
    #[must_use]
    pub fn of(status: StatusCode, headers: &HeaderMap, known: &[&'static str]) -> Option<Self> {
        let may_tell = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        if !may_tell.contains(&status) {
            return None;
        }
        let values = headers.get_all(WWW_AUTHENTICATE).iter().take(MAX_VALUES);
        let told = values.filter_map(plain).find_map(|value| Self::in_header(&value, known));
        told.or_else(|| (status == StatusCode::UNAUTHORIZED).then_some(Self::Unexplained))
    }

    /// Whether another token may do: it is worth to fetch one, and to send the request once more.
    #[must_use]
    pub const fn asks_for_another_token(&self) -> bool {
        match self {
            Self::InvalidToken | Self::Unexplained => true,
            Self::InsufficientScope(_) | Self::InvalidRequest => false,
        }
    }

    /// By the first challenge for a bearer token that has an error.
    fn in_header(value: &str, known: &[&'static str]) -> Option<Self> {
        // What stands before a mistake is read.
        let challenges = ChallengeParser::new(value).map_while(Result::ok);
        let mut bearer = challenges.filter(|one| one.scheme.eq_ignore_ascii_case("Bearer"));
        bearer.find_map(|challenge| Self::in_challenge(&challenge, known))
    }

    fn in_challenge(challenge: &ChallengeRef<'_>, known: &[&'static str]) -> Option<Self> {
        match parameter(challenge, "error")?.as_str() {
            "invalid_token" => Some(Self::InvalidToken),
            "insufficient_scope" => {
                let scopes = parameter(challenge, "scope").unwrap_or_default();
                Some(Self::InsufficientScope(NeededScopes::read(&scopes, known)))
            }
            "invalid_request" => Some(Self::InvalidRequest),
            _ => None,
        }
    }
}

/// The value of a parameter, which must not stand there twice (RFC 6750 section 3). Wiped, since a server may send a token back.
fn parameter(challenge: &ChallengeRef<'_>, name: &str) -> Option<Zeroizing<String>> {
    let mut found = challenge.params.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value.to_unescaped().into()),
        _ => None,
    }
}

/// A value that is not too long. Quoted text beyond ASCII, which the parser does not take, becomes `?`.
fn plain(value: &HeaderValue) -> Option<Zeroizing<String>> {
    let to_ascii = |&byte: &u8| if byte.is_ascii() { char::from(byte) } else { '?' };
    (value.len() <= MAX_BYTES)
        .then(|| value.as_bytes().iter().map(to_ascii).collect::<String>().into())
}

const MAX_VALUES: usize = 16;
const MAX_BYTES: usize = 8 * 1024;

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidToken => f.write_str(
                "the server says that the token has expired, was revoked or is unknown; use another one",
            ),
            Self::Unexplained => f.write_str(
                "the server refused the token with status 401 and did not say why; use another one",
            ),
            Self::InsufficientScope(needed) => {
                write!(f, "the token has too few scopes for the request, which needs {needed}")
            }
            Self::InvalidRequest => f.write_str(
                "the server cannot read the credentials of the request; send one token, in one header",
            ),
        }
    }
}

impl error::Error for Rejected {}
