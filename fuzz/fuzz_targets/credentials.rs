//! The headers and the URL of a request: a token is found where it stands, or the answer is one of a few, without a part of what was sent.
//!
//! The first line of the input is the query of the URL; each other line is a header, in the field that its first byte says.
#![no_main]

use fuzz::{MARKER, assert_error_silent, assert_silent, with_markers};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use libfuzzer_sys::fuzz_target;
use token_guard::{Challenge, Credentials, NotPresented, Reason, Refusal};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

fuzz_target!(|input: &[u8]| {
    let Some(text) = with_markers(input) else { return };
    let mut lines = text.split(|byte| *byte == b'\n');
    let query = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let Ok(uri) = Uri::try_from(format!("/?{query}")) else { return };
    let mut headers = HeaderMap::new();
    for line in lines.take(8) {
        let Some((first, value)) = line.split_first() else { continue };
        let Ok(value) = HeaderValue::from_bytes(value) else { continue };
        let name = match first {
            b'a' => header::AUTHORIZATION,
            b'c' => header::COOKIE,
            b'p' => header::PROXY_AUTHORIZATION,
            _ => API_KEY,
        };
        headers.append(name, value);
    }
    let both = Credentials::bearer().or_header(API_KEY).unwrap();
    match both.find(&headers, &uri) {
        Ok(presented) => {
            assert_silent(&format!("{presented:?}"));
            let token = presented.bytes();
            let stands =
                |name| headers.get_all(name).iter().any(|value| value.as_bytes().ends_with(token));
            assert!(!token.is_empty() && (stands(header::AUTHORIZATION) || stands(API_KEY)));
            assert!(
                token.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte))
            );
        }
        Err(why) => check(why),
    }
    // Without the other header, its values do not matter.
    headers.remove(API_KEY);
    let alone = Credentials::bearer();
    let same = (alone.find(&headers, &uri), both.find(&headers, &uri));
    assert_eq!(same.0.map(|token| token.bytes()), same.1.map(|token| token.bytes()));
});

fn check(why: NotPresented) {
    assert_error_silent(&why);
    let refusal = Refusal::new(Reason::from(why), &Challenge::new("api").unwrap());
    assert_error_silent(&refusal);
    let answer = refusal.to_response::<String>();
    assert!(answer.body().is_empty());
    assert!([400, 401].contains(&answer.status().as_u16()));
    assert!(!format!("{answer:?}").contains(&MARKER[..8]));
}
