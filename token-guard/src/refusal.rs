//! The answer to a request that is refused.

mod challenge;

pub use challenge::{Challenge, UnfitText};

use std::{error, fmt, time::Duration};

use http::{
    HeaderValue, Response, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use token_core::caller::Refused;

use crate::NotPresented;

/// Why a request is refused: for logs and records. The answer says less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The request presented no token.
    NotPresented(NotPresented),
    /// The verifier refused the token.
    Refused(Refused),
}

impl Reason {
    /// The name of the reason, as it stands in events and audit records. It stays the same in later versions.
    ///
    /// It tells apart what the answer does not, such as a token that has `Expired`, was `Revoked` or is `Unknown`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotPresented(why) => why.name(),
            Self::Refused(why) => why.name(),
        }
    }

    /// The token's kind, where the reason has it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Refused(
                Refused::WrongKind { kind, .. } | Refused::InsufficientScope { kind, .. },
            ) => kind,
            Self::NotPresented(_) | Self::Refused(_) => "",
        }
    }

    /// Whether the verifier knew the token: then the token has an id that names something.
    pub(crate) const fn is_of_a_known_token(&self) -> bool {
        match self {
            Self::Refused(
                Refused::Expired
                | Refused::Revoked
                | Refused::Spent
                | Refused::WrongAudience
                | Refused::WrongBuild
                | Refused::NoBuild,
            ) => true,
            Self::NotPresented(_) | Self::Refused(_) => false,
        }
    }
}

/// A request that is refused, and the answer to it.
///
/// | why | status | `WWW-Authenticate: Bearer …` |
/// |---|---|---|
/// | no credentials | 401 | no `error` |
/// | several tokens or builds, a malformed header, a token in the URL, a ticket without another subprotocol | 400 | `error="invalid_request"` |
/// | the token is unknown, expired, revoked, spent, of another kind, for another service or build, no token of ours | 401 | `error="invalid_token"` |
/// | the token has too few scopes | 403 | `error="insufficient_scope"`, `scope="…"` |
/// | the verifier cannot tell | 503 | none; `Retry-After` says when to come back |
///
/// This is RFC 6750 sections 3 and 3.1. All answers with `invalid_token` are equal byte for byte, so that nobody finds out
/// which tokens exist. No answer has a byte of the request.
#[derive(Clone)]
#[must_use = "the caller waits for an answer"]
pub struct Refusal {
    reason: Reason,
    challenge: Challenge,
}

impl Refusal {
    /// The answer to a request that is refused for `reason`.
    pub fn new(reason: impl Into<Reason>, challenge: &Challenge) -> Self {
        Self { reason: reason.into(), challenge: challenge.clone() }
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.answer() {
            Answer::NoCredentials | Answer::InvalidToken => StatusCode::UNAUTHORIZED,
            Answer::InvalidRequest(_) => StatusCode::BAD_REQUEST,
            Answer::InsufficientScope(_) => StatusCode::FORBIDDEN,
            Answer::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The answer, with an empty body.
    #[must_use]
    pub fn to_response<B: Default>(&self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        let (name, value) = match self.answer() {
            Answer::NoCredentials => (WWW_AUTHENTICATE, self.challenge.bare()),
            Answer::InvalidRequest(why) => (WWW_AUTHENTICATE, self.challenge.invalid_request(why)),
            Answer::InvalidToken => (WWW_AUTHENTICATE, self.challenge.invalid_token()),
            Answer::InsufficientScope(needs) => {
                (WWW_AUTHENTICATE, self.challenge.insufficient_scope(needs))
            }
            Answer::Unavailable(after) => (RETRY_AFTER, seconds(after)),
        };
        response.headers_mut().insert(name, value);
        response
    }

    const fn answer(&self) -> Answer {
        match self.reason {
            Reason::NotPresented(NotPresented::Missing) => Answer::NoCredentials,
            Reason::NotPresented(
                why @ (NotPresented::Several
                | NotPresented::Malformed
                | NotPresented::InUrl
                | NotPresented::SeveralBuilds
                | NotPresented::MalformedBuild
                | NotPresented::TicketAlone),
            ) => Answer::InvalidRequest(why),
            Reason::Refused(Refused::InsufficientScope { needs, .. }) => {
                Answer::InsufficientScope(needs)
            }
            Reason::Refused(Refused::Unavailable { retry_after, .. }) => {
                Answer::Unavailable(retry_after)
            }
            // Also what a later version of token-core refuses for: a reason that this one does not know is told to nobody.
            Reason::Refused(_) => Answer::InvalidToken,
        }
    }
}

/// What the caller is told.
enum Answer {
    NoCredentials,
    InvalidRequest(NotPresented),
    InvalidToken,
    InsufficientScope(&'static [&'static str]),
    Unavailable(Duration),
}

/// Whole seconds (RFC 9110 section 10.2.3), rounded up, so that nobody comes back too early or at once.
pub(crate) fn seconds(after: Duration) -> HeaderValue {
    let started = u64::from(after.subsec_nanos() > 0);
    HeaderValue::from(after.as_secs().saturating_add(started).max(1))
}

impl axum_core::response::IntoResponse for Refusal {
    fn into_response(self) -> axum_core::response::Response {
        self.to_response()
    }
}

impl From<NotPresented> for Reason {
    fn from(why: NotPresented) -> Self {
        Self::NotPresented(why)
    }
}

impl From<Refused> for Reason {
    fn from(why: Refused) -> Self {
        Self::Refused(why)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPresented(why) => why.fmt(f),
            Self::Refused(why) => why.fmt(f),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({self})")
    }
}

impl error::Error for Refusal {}
