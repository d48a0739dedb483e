//! Token responses: whatever the issuer sends, no output contains a token.
#![no_main]

use fuzz::{assert_error_silent, assert_silent, with_markers};
use libfuzzer_sys::fuzz_target;
use token_core::source::TokenResponse;

fuzz_target!(|input: &[u8]| {
    let Some(body) = with_markers(input) else { return };
    let lenient = TokenResponse::read(&body[..], "repo:read");
    let strict = TokenResponse::read_strict(&body[..], "repo:read");
    assert!(strict.is_err() || lenient.is_ok(), "what is read strictly is read leniently");
    for read in [lenient, strict] {
        match read {
            Ok(response) => check(&response),
            Err(error) => assert_error_silent(&error),
        }
    }
});

fn check(response: &TokenResponse) {
    assert_silent(&format!("{response:?}\n{response:#?}"));
    assert!(!response.access_token.constant_time_eq(b""));
}
