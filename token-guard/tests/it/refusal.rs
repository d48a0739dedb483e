//! The answers of RFC 6750 sections 3 and 3.1.

use std::time::Duration;

use http::{
    Response, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use proptest::prelude::*;
use token_core::{
    AnyCaller, AnyScopeSet, Caller, RequireScopes, Scope, SystemClock, TokenId, TokenKind,
    caller::{Deadline, Refused, Verified},
};
use token_guard::{Challenge, NotPresented, Reason, Refusal};

token_core::policy!("tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun, scope::DeployRead)]
struct Start;

fn caller(scopes: &[&str]) -> AnyCaller {
    let scopes = AnyScopeSet::from_names(kind::Deploy::COMPILED, scopes.iter().copied()).unwrap();
    let deadline = Deadline::after(Duration::from_secs(60), &SystemClock);
    Verified::new(TokenId::from_bytes([7; 16]), scopes, deadline).vouch()
}

fn insufficient() -> Refused {
    let caller: Caller<kind::Deploy> = caller(&["deploy:read"]).of_kind().unwrap();
    caller.authorize::<Start>().unwrap_err()
}

fn wrong_kind() -> Refused {
    caller(&["deploy:read"]).of_kind::<kind::Viewer>().unwrap_err()
}

fn answer(reason: impl Into<Reason>, challenge: &Challenge) -> Response<()> {
    Refusal::new(reason, challenge).to_response()
}

fn challenge() -> Challenge {
    Challenge::new("api").unwrap()
}

fn said(response: &Response<()>) -> (StatusCode, &str) {
    assert_eq!(response.headers().len(), 1);
    (response.status(), response.headers()[WWW_AUTHENTICATE].to_str().unwrap())
}

#[test]
fn without_credentials_there_is_no_error() {
    let response = answer(NotPresented::Missing, &challenge());
    assert_eq!(said(&response), (StatusCode::UNAUTHORIZED, r#"Bearer realm="api""#));
}

#[test]
fn a_malformed_request_is_400() {
    for why in [
        NotPresented::Several,
        NotPresented::Malformed,
        NotPresented::InUrl,
        NotPresented::SeveralBuilds,
        NotPresented::MalformedBuild,
    ] {
        let response = answer(why, &challenge());
        let (status, value) = said(&response);
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let start = r#"Bearer realm="api", error="invalid_request", error_description=""#;
        assert!(value.starts_with(start), "{value}");
        assert!(value.ends_with(&format!("{why}\"")), "{value}");
        // RFC 6750 section 3: the characters of an `error_description`.
        let text = why.to_string();
        assert!(
            text.bytes().all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
            "{text}"
        );
    }
}

#[test]
fn every_invalid_token_gets_the_same_answer() {
    let all = [
        Refused::Malformed,
        Refused::Unknown,
        Refused::Expired,
        Refused::Revoked,
        Refused::Spent,
        Refused::WrongAudience,
        Refused::WrongBuild,
        Refused::NoBuild,
        wrong_kind(),
    ];
    for refused in all {
        let response = answer(refused, &challenge());
        let expected = (StatusCode::UNAUTHORIZED, r#"Bearer realm="api", error="invalid_token""#);
        assert_eq!(said(&response), expected, "{refused:?}");
    }
}

#[test]
fn a_missing_scope_is_403_and_names_what_is_needed() {
    let response = answer(insufficient(), &challenge());
    let value = r#"Bearer realm="api", error="insufficient_scope", scope="deploy:run deploy:read""#;
    assert_eq!(said(&response), (StatusCode::FORBIDDEN, value));
}

/// A scope that was written by hand may have a name that is none. It must not end a quoted string.
#[test]
fn what_is_no_scope_is_left_out_of_the_challenge() {
    macro_rules! by_hand {
        ($($scope:ident $name:literal),*) => {
            $(struct $scope;
            impl Scope for $scope {
                const NAME: &'static str = $name;
            })*
        };
    }
    by_hand!(Space "a b", Quote "\" error=\"x", Empty "", Backslash "back\\slash", Umlaut "Ü", Read "read");

    struct ByHand;
    impl RequireScopes for ByHand {
        type Scopes = (scope::DeployRun, Space, Quote, Empty, Backslash, Umlaut, Read);
    }
    let caller: Caller<kind::Deploy> = caller(&["deploy:read"]).of_kind().unwrap();
    let refused = caller.authorize_at_run_time::<ByHand>().unwrap_err();
    let response = answer(refused, &challenge());
    let value = r#"Bearer realm="api", error="insufficient_scope", scope="deploy:run read""#;
    assert_eq!(said(&response), (StatusCode::FORBIDDEN, value));
}

#[test]
fn an_outage_is_503_and_says_when_to_come_back() {
    let millis = Duration::from_millis;
    for (after, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (29_500, "30")] {
        let response = answer(Refused::unavailable(millis(after)), &challenge());
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], seconds);
        assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
    }
    let for_ever = answer(Refused::unavailable(Duration::MAX), &challenge());
    assert_eq!(for_ever.headers()[RETRY_AFTER], u64::MAX.to_string());
}

#[test]
fn every_challenge_says_where_the_metadata_is() {
    let url = "https://api.example.com/.well-known/oauth-protected-resource";
    let challenge = challenge().resource_metadata(url).unwrap();
    let reasons: [Reason; 4] = [
        NotPresented::Missing.into(),
        NotPresented::Several.into(),
        Refused::Expired.into(),
        insufficient().into(),
    ];
    for reason in reasons {
        let response = answer(reason, &challenge);
        let (_, value) = said(&response);
        let end = format!(", resource_metadata=\"{url}\"");
        assert!(value.ends_with(&end), "{value}");
        assert_eq!(value.matches("resource_metadata").count(), 1, "{value}");
    }
}

#[test]
fn what_a_challenge_cannot_have_is_refused() {
    for realm in ["", " ", "a\nb", "a\r\nX: y", "gr\u{fc}n", "a\u{7f}"] {
        assert!(Challenge::new(realm).unwrap_err().to_string().contains("realm"), "{realm:?}");
    }
    for url in [
        "",
        "http://a",
        "https://",
        "https:///a",
        "/a",
        "https://a b",
        "https://a#b",
        "https://a\"",
        "https://\u{e4}",
    ] {
        let error = challenge().resource_metadata(url).unwrap_err();
        assert!(error.to_string().contains("resource_metadata"), "{url:?}");
    }
}

/// The parameters of a challenge, by the grammar of RFC 9110 section 11.2.
fn parameters(value: &str) -> Vec<(String, String)> {
    let mut rest = value.strip_prefix("Bearer ").unwrap();
    let mut parameters = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap();
        let (mut text, mut escaped, mut end) = (String::new(), false, None);
        for (at, letter) in after.char_indices() {
            match letter {
                '\\' if !escaped => escaped = true,
                '"' if !escaped => {
                    end = Some(at);
                    break;
                }
                _ => {
                    text.push(letter);
                    escaped = false;
                }
            }
        }
        parameters.push((name.to_owned(), text));
        let after = &after[end.unwrap() + 1..];
        rest = if after.is_empty() { after } else { after.strip_prefix(", ").unwrap() };
    }
    parameters
}

proptest! {
    /// Whatever the realm, each challenge reads back, has each parameter once, and is of visible ASCII.
    #[test]
    fn every_challenge_reads_back(realm in "[ -~]{0,30}", which in 0..6_usize) {
        let Ok(challenge) = Challenge::new(&realm) else {
            prop_assert!(realm.trim().is_empty());
            return Ok(());
        };
        let reasons: [Reason; 6] = [
            NotPresented::Missing.into(), NotPresented::Several.into(), NotPresented::Malformed.into(),
            NotPresented::InUrl.into(), Refused::Revoked.into(), insufficient().into(),
        ];
        let response = answer(reasons[which], &challenge);
        let (_, value) = said(&response);
        let read = parameters(value);
        prop_assert_eq!(&read[0], &("realm".to_owned(), realm));
        let mut names: Vec<_> = read.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), read.len());
    }

    #[test]
    fn no_realm_breaks_a_header(realm in any::<String>()) {
        if let Ok(challenge) = Challenge::new(&realm) {
            said(&answer(insufficient(), &challenge));
        }
    }
}
