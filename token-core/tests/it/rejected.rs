//! What a server says against a token: read, bounded, and not echoed; and the one more try.

use std::cell::Cell;

use http::{HeaderMap, HeaderValue, Response, StatusCode, header::WWW_AUTHENTICATE};
use proptest::prelude::*;
use token_core::http::{NeededScopes, Rejected, Retry, send};

const KNOWN: &[&str] = &["deploy:read", "deploy:run"];

fn headers(values: &[&str]) -> HeaderMap {
    let values = values.iter().map(|value| HeaderValue::from_bytes(value.as_bytes()).unwrap());
    values.map(|value| (WWW_AUTHENTICATE, value)).collect()
}

fn read(status: u16, values: &[&str]) -> Option<Rejected> {
    Rejected::of(StatusCode::from_u16(status).unwrap(), &headers(values), KNOWN)
}

fn needed(rejected: Option<Rejected>) -> NeededScopes {
    match rejected {
        Some(Rejected::InsufficientScope(needed)) => needed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_error_of_rfc_6750_is_told_apart() {
    let invalid = Some(Rejected::InvalidToken);
    for value in [
        r#"Bearer error="invalid_token""#,
        "Bearer error=invalid_token",
        r#"bEaReR realm="a, Bearer error=\"invalid_request\"", ERROR="invalid_token""#,
        r#"Bearer realm="b", error="invalid_token", error_description="scope=\"x\"""#,
        r#"Bearer error="invalid_\token""#,
        r#"Basic realm="c", Bearer error="invalid_token""#,
        r#"Negotiate, Bearer error="invalid_token", DPoP algs="ES256""#,
        r#"DPoP error="use_dpop_nonce", Bearer realm="d", error = "invalid_token""#,
        "Bearer error_description=\"abgelaufen: gr\u{fc}n\", error=\"invalid_token\"",
    ] {
        assert_eq!(read(401, &[value]), invalid, "{value}");
        assert_eq!(read(403, &[value]), invalid, "some servers say 403: {value}");
    }
    assert_eq!(read(401, &["Negotiate", r#"Bearer error="invalid_token""#]), invalid);
    assert_eq!(read(401, &["\t= broken", r#"Bearer error="invalid_token""#]), invalid);
    assert_eq!(read(400, &[r#"Bearer error="invalid_request""#]), Some(Rejected::InvalidRequest));
    let insufficient = read(403, &[r#"Bearer error="insufficient_scope", scope="deploy:run""#]);
    assert_eq!(needed(insufficient).known(), ["deploy:run"]);
}

#[test]
fn a_401_without_an_error_is_unexplained_and_any_other_status_says_nothing() {
    for values in [
        &[][..],
        &["Bearer"],
        &[r#"Bearer realm="a""#],
        &[r#"Basic error="insufficient_scope""#],
        &[r#"Bearer error="something_new""#],
        &[r#"Bearer error="invalid_request", error="insufficient_scope""#],
        &[r#"BearerX error="insufficient_scope""#],
        &[r#"Bearer error="insufficient_scope"#],
        &["Bearer abc=="],
    ] {
        assert_eq!(read(401, values), Some(Rejected::Unexplained), "{values:?}");
        assert_eq!(read(403, values), None, "{values:?}");
        assert_eq!(read(400, values), None, "{values:?}");
    }
    for status in [200, 204, 302, 404, 407, 500, 503] {
        assert_eq!(read(status, &[r#"Bearer error="invalid_token""#]), None, "{status}");
    }
}

#[test]
fn the_scopes_that_are_needed_are_named() {
    let list =
        r#"Bearer error="insufficient_scope", scope="deploy:run other deploy:read deploy:run""#;
    let rejected = read(403, &[list]).unwrap();
    assert!(!rejected.asks_for_another_token());
    let text = rejected.to_string();
    assert!(text.contains("`deploy:run`, `deploy:read`, and 1 that"), "{text}");
    let needed = needed(Some(rejected));
    assert_eq!(needed.known(), ["deploy:run", "deploy:read"]);
    assert_eq!(needed.unknown().collect::<Vec<_>>(), ["other"]);

    let none = read(401, &["Bearer error=insufficient_scope"]).unwrap().to_string();
    assert!(none.contains("did not name"), "{none}");
    let unknown = read(403, &[r#"Bearer error="insufficient_scope", scope="a b""#]).unwrap();
    assert!(unknown.to_string().contains("2 that this program does not know"), "{unknown}");
}

#[test]
fn what_is_kept_is_bounded() {
    let many: Vec<String> = (0..1_000).map(|number| format!("s{number}")).collect();
    let value = format!(r#"Bearer error="insufficient_scope", scope="{}""#, many.join(" "));
    assert_eq!(needed(read(403, &[&value])).unknown().count(), 64);
    let long = format!(r#"Bearer error="insufficient_scope", scope="{} b""#, "a".repeat(129));
    assert_eq!(needed(read(403, &[&long])).unknown().collect::<Vec<_>>(), ["b"]);

    let padded = format!(r#"Bearer realm="{}", error="insufficient_scope""#, "r".repeat(8_192));
    assert_eq!(read(401, &[&padded]), Some(Rejected::Unexplained), "too long to be read");
    let mut values = vec!["Basic"; 16];
    values.push("Bearer error=insufficient_scope");
    assert_eq!(read(401, &values), Some(Rejected::Unexplained), "too many to be read");
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("nothing in these tests waits"),
    }
}

fn answer(status: u16, challenge: &str) -> Result<Response<u8>, Rejected> {
    let response = Response::builder().status(status).header(WWW_AUTHENTICATE, challenge);
    Ok(response.body(7).unwrap())
}

/// Sends to a server that has these answers; says what came of it, and how often was sent and refreshed.
fn talk(can_be_repeated: bool, answers: &[(u16, &str)]) -> (Result<u16, Rejected>, usize, usize) {
    let (sent, refreshed) = (Cell::new(0), Cell::new(0));
    let next = || {
        let (status, challenge) = answers[sent.replace(sent.get() + 1)];
        async move { answer(status, challenge) }
    };
    let refresh = |_| {
        refreshed.set(refreshed.get() + 1);
        async { Ok(()) }
    };
    let result = block_on(send(KNOWN, can_be_repeated, next, refresh));
    (result.map(|response| response.status().as_u16()), sent.get(), refreshed.get())
}

#[test]
fn an_invalid_token_is_replaced_once() {
    let invalid = (401, "Bearer error=invalid_token");
    assert_eq!(talk(true, &[(200, "")]), (Ok(200), 1, 0));
    assert_eq!(talk(true, &[(500, ""), (200, "")]), (Ok(500), 1, 0));
    assert_eq!(talk(true, &[invalid, (201, "")]), (Ok(201), 2, 1));
    assert_eq!(talk(true, &[(401, "Basic"), (200, "")]), (Ok(200), 2, 1));
    assert_eq!(talk(true, &[invalid, invalid]), (Err(Rejected::InvalidToken), 2, 1));
    assert_eq!(talk(false, &[invalid]), (Err(Rejected::InvalidToken), 1, 0));
}

#[test]
fn no_other_token_is_fetched_for_what_it_would_not_help() {
    let scope = r#"Bearer error="insufficient_scope", scope="deploy:run""#;
    for status in [401, 403] {
        let (result, sent, refreshed) = talk(true, &[(status, scope)]);
        assert_eq!(needed(result.err()).known(), ["deploy:run"]);
        assert_eq!((sent, refreshed), (1, 0));
    }
    let (result, sent, _) = talk(true, &[(400, "Bearer error=invalid_request")]);
    assert_eq!((result, sent), (Err(Rejected::InvalidRequest), 1));
    let first = talk(true, &[(401, "Bearer error=invalid_token"), (403, scope)]);
    assert_eq!(needed(first.0.err()).known(), ["deploy:run"]);
}

#[test]
fn a_refresh_that_fails_ends_it() {
    let sent = Cell::new(0);
    let next = || {
        sent.set(sent.get() + 1);
        async { answer(401, "Bearer error=invalid_token") }
    };
    let result = block_on(send(KNOWN, true, next, |_| async { Err(Rejected::Unexplained) }));
    assert_eq!((result.unwrap_err(), sent.get()), (Rejected::Unexplained, 1));
}

#[test]
fn a_rejection_that_asks_for_nothing_leaves_the_one_more_try() {
    let mut retry = Retry::new(true);
    assert!(!retry.takes(&Rejected::InvalidRequest));
    assert!(retry.takes(&Rejected::Unexplained));
    assert!(!retry.takes(&Rejected::InvalidToken));
}

/// Whether a text has 8 bytes of another.
fn shows(text: &str, sent: &[u8]) -> bool {
    let lower = text.to_lowercase();
    sent.windows(8).any(|window| lower.contains(&String::from_utf8_lossy(window).to_lowercase()))
}

proptest! {
    /// A token that a server sends back, wherever it puts it, is in no text.
    #[test]
    fn nothing_of_a_header_is_echoed(
        token in "[a-zA-Z0-9_~+/-]{20,60}",
        place in 0..6_usize,
        status in prop_oneof![Just(400_u16), Just(401), Just(403)],
    ) {
        let value = match place {
            0 => format!(r#"Bearer error="insufficient_scope", scope="{token} deploy:run {token}""#),
            1 => format!(r#"Bearer error="{token}""#),
            2 => format!("Bearer {token}"),
            3 => format!(r#"Bearer error="insufficient_scope", {token}="x", scope="{token}"#),
            4 => format!(r#"{token} error="invalid_token", Bearer error="insufficient_scope", scope="{token}""#),
            _ => format!(r#"Bearer realm="{token}", error="invalid_token", error_description="{token}""#),
        };
        if let Some(rejected) = read(status, &[&value]) {
            let texts = [format!("{rejected}"), format!("{rejected:#}"), format!("{rejected:?}"), format!("{rejected:#?}")];
            prop_assert!(texts.iter().all(|text| !shows(text, token.as_bytes())), "{:?}", texts);
        }
    }

    /// Whatever a server sends, it is read without a panic.
    #[test]
    fn no_header_is_too_strange(values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..4)) {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = [b"Bearer error=\"insufficient_scope\", ".as_slice(), &value].concat();
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
        let rejected = Rejected::of(StatusCode::UNAUTHORIZED, &headers, KNOWN);
        prop_assert!(rejected.is_some());
    }
}
