//! What the token endpoint answers.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header::RETRY_AFTER};
use token_core::{Grant, Secret, source::TokenResponse};

use crate::Failure;

pub(super) struct Answer {
    pub(super) access: Secret,
    pub(super) grant: Grant,
    pub(super) refresh: Option<Secret>,
}

/// Reads the answer, and wipes its body. `requested` is the scope that was asked for.
pub(super) fn read(response: Response<Bytes>, requested: &str) -> Result<Answer, Failure> {
    let (parts, body) = response.into_parts();
    let response = TokenResponse::take(body, requested);
    if !parts.status.is_success() {
        return Err(refused(parts.status, &parts.headers, response.err()));
    }
    let TokenResponse { access_token: access, grant, refresh_token: refresh, .. } =
        response.map_err(Failure::transient)?;
    Ok(Answer { access, grant, refresh })
}

/// By its status (RFC 6749 section 5.2): what the client or its credentials are refused for stays so until somebody mends it.
fn refused(status: StatusCode, headers: &HeaderMap, said: Option<token_core::Error>) -> Failure {
    let refused = Refused { status, said };
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Failure::transient(refused).retry_after(retry_after(headers))
        }
        _ if status.is_client_error() || status.is_redirection() => Failure::permanent(refused),
        _ => Failure::transient(refused).retry_after(retry_after(headers)),
    }
}

/// The number of seconds, or the time, of RFC 9110 section 10.2.3.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let moment = httpdate::parse_http_date(value).ok()?;
            Some(moment.duration_since(SystemTime::now()).unwrap_or_default())
        }
    }
}

/// A status that says no.
struct Refused {
    status: StatusCode,
    /// What the body says, as token-core reads it: without a byte of it.
    said: Option<token_core::Error>,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the token endpoint answered with status {}", self.status.as_u16())?;
        match &self.said {
            Some(said) if said.kind() == token_core::ErrorKind::IssuerRefused => {
                write!(f, ": {said}")
            }
            Some(_) | None => {
                f.write_str("; check its address, and what its server has in its log")
            }
        }
    }
}

impl std::fmt::Debug for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Refused {}
