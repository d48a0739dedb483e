//! Refusals as statuses of gRPC.

use http::{
    HeaderMap, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use token_core::caller::Refused;
use tonic::{Code, Status, metadata::MetadataMap};

use crate::{Reason, Refusal};

/// Nothing of it depends on what the client sent.
pub(super) fn of(refusal: &Refusal) -> Status {
    let response = refusal.to_response::<()>();
    let mut headers = HeaderMap::new();
    for name in [WWW_AUTHENTICATE, RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            headers.insert(name, value.clone());
        }
    }
    if let Reason::Refused(Refused::Unavailable { retry_after, .. }) = refusal.reason() {
        let milliseconds = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
        headers.insert(PUSHBACK, milliseconds.into());
    }
    let (code, message) = said(refusal);
    Status::with_metadata(code, message, MetadataMap::from_headers(headers))
}

fn said(refusal: &Refusal) -> (Code, String) {
    match (refusal.status(), refusal.reason()) {
        (StatusCode::FORBIDDEN, Reason::Refused(Refused::InsufficientScope { needs, .. })) => {
            let needs = needs.join(" ");
            (Code::PermissionDenied, format!("the token lacks a scope that this needs: {needs}"))
        }
        (StatusCode::FORBIDDEN, _) => (Code::PermissionDenied, "not permitted".into()),
        (StatusCode::BAD_REQUEST, why) => (Code::InvalidArgument, why.to_string()),
        (StatusCode::SERVICE_UNAVAILABLE, _) => {
            (Code::Unavailable, "whether the token is valid cannot be told at the moment".into())
        }
        (_, why @ Reason::NotPresented(_)) => (Code::Unauthenticated, why.to_string()),
        (_, Reason::Refused(_)) => (Code::Unauthenticated, INVALID.into()),
    }
}

/// Why a stream ends.
pub(super) fn of_end(why: Refused) -> Status {
    match why {
        Refused::Unavailable { .. } => {
            Status::unavailable("whether the token is valid can no longer be told")
        }
        _ => Status::unauthenticated(INVALID),
    }
}

const INVALID: &str = "the token is not valid";

/// When to try again, in milliseconds: gRPC's own header, of its proposal A6.
const PUSHBACK: &str = "grpc-retry-pushback-ms";
