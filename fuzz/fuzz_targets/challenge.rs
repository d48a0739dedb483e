//! What a server says against a token: read within bounds, and no text has a part of it.
//!
//! The first byte of the input says the status; each line behind it is a value of `WWW-Authenticate`.
#![no_main]

use fuzz::{assert_error_silent, with_markers};
use http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use libfuzzer_sys::fuzz_target;
use token_core::http::{Rejected, Retry};
use token_policy::scope_name;

const KNOWN: &[&str] = &["deploy:read", "deploy:run"];

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    let Some(text) = with_markers(rest) else { return };
    let status = match first % 4 {
        0 => StatusCode::UNAUTHORIZED,
        1 => StatusCode::FORBIDDEN,
        2 => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let values =
        text.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
    let headers: HeaderMap = values.map(|value| (WWW_AUTHENTICATE, value)).collect();
    let rejected = Rejected::of(status, &headers, KNOWN);
    assert!(status != StatusCode::OK || rejected.is_none());
    assert!(status != StatusCode::UNAUTHORIZED || rejected.is_some());
    let Some(rejected) = rejected else { return };
    assert_error_silent(&rejected);
    assert_eq!(Retry::new(true).takes(&rejected), rejected.asks_for_another_token());
    assert!(!Retry::new(false).takes(&rejected));
    if let Rejected::InsufficientScope(needed) = &rejected {
        assert!(
            needed.known().iter().all(|name| KNOWN.contains(name))
                && needed.known().len() <= KNOWN.len()
        );
        assert!(needed.unknown().count() <= 64);
        assert!(needed.unknown().all(|name| scope_name::is_valid(name) && !KNOWN.contains(&name)));
    }
});
