//! What the endpoints answer.

use std::time::Duration;

use axum_core::body::Body;
use http::{
    HeaderValue, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER},
};
use serde_json::{Value, json};

use crate::{Refusal, refusal::seconds};

pub(super) type Answer = Response<Body>;

/// Why a request is not answered with what it asks for (RFC 6749 section 5.2): words of ours alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// `invalid_request`, and why.
    Request(&'static str),
    /// The same, for a body that is too long.
    TooLong,
    /// Another error of 400, and why.
    Other(&'static str, &'static str),
    /// The registry or the log cannot answer.
    Unavailable,
    /// Another method than this one.
    Method(&'static str),
}

impl Problem {
    const fn status(self) -> StatusCode {
        match self {
            Self::Request(_) | Self::Other(..) => StatusCode::BAD_REQUEST,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Request(why) => ("invalid_request", why),
            Self::TooLong => ("invalid_request", "the body has more than 8 KiB"),
            Self::Other(error, why) => (error, why),
            Self::Unavailable => (
                "temporarily_unavailable",
                "nothing is known of the token at the moment; try again",
            ),
            Self::Method(_) => ("invalid_request", "this endpoint has another method"),
        }
    }

    pub(super) fn answer(self) -> Answer {
        let (error, description) = self.texts();
        let body = json!({ "error": error, "error_description": description });
        let mut answer = secret_json(self.status(), &body);
        match self {
            Self::Unavailable => {
                answer.headers_mut().insert(RETRY_AFTER, seconds(Duration::from_secs(1)));
            }
            Self::Method(allowed) => {
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
            }
            Self::Request(_) | Self::TooLong | Self::Other(..) => {}
        }
        answer
    }
}

/// An answer that nobody may store.
pub(super) fn secret_json(status: StatusCode, body: &Value) -> Answer {
    unstored(status, Body::from(body.to_string()))
}

/// JSON that nobody may store (RFC 6749 section 5.1, RFC 7662 section 4).
pub(super) fn unstored(status: StatusCode, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, JSON);
    no_store(answer)
}

/// A refusal of the guard.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    no_store(refusal.to_response())
}

pub(super) fn no_store(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    answer
}

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
