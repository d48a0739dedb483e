//! Headers with a token: right, sensitive, shared, wiped.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, Request, header::AUTHORIZATION};
use proptest::prelude::*;
use token_core::{Error, ErrorKind, Exposed, Token};

use test_support::alloc_watch::{Seen, frees_of};

use crate::support::{ListRepos, TEXT, ci_grant, ci_token, clock, kind, kind_of, secs};

#[test]
fn the_header_is_the_bearer_scheme_and_the_token() {
    let token = ci_token(&clock(), secs(60));
    let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
    assert_eq!(header.as_bytes(), format!("Bearer {TEXT}").as_bytes());
    assert_eq!(header.to_str().unwrap(), format!("Bearer {TEXT}"));
}

#[test]
fn every_visible_character_is_carried() {
    let text: String = (0x21_u8..=0x7e).map(char::from).collect();
    let token = Token::<kind::Ci>::admit_with_clock(text.clone().into(), &ci_grant(), clock());
    let header = token.unwrap().spend_for(&ListRepos).unwrap().bearer_header().unwrap();
    assert_eq!(header.as_bytes(), format!("Bearer {text}").as_bytes());
}

#[test]
fn the_header_and_its_clones_are_sensitive() {
    let token = ci_token(&clock(), secs(60));
    let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
    let clone = header.clone();
    assert!(header.is_sensitive() && clone.is_sensitive());
    assert_eq!(format!("{header:?} {clone:?}"), "Sensitive Sensitive");

    let request = Request::builder().header(AUTHORIZATION, header).body(()).unwrap();
    let shown = format!("{request:?} {request:#?}");
    assert!(shown.contains("Sensitive"), "{shown}");
    assert!(!shown.contains(&TEXT[..8]), "{shown}");
}

#[test]
fn clones_share_one_buffer() {
    let token = ci_token(&clock(), secs(60));
    let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
    let mut map = HeaderMap::new();
    map.insert(AUTHORIZATION, header.clone());
    assert_eq!(map[AUTHORIZATION].as_bytes().as_ptr(), header.as_bytes().as_ptr());
}

#[test]
fn the_header_outlives_the_exposure_and_the_token() {
    let token = ci_token(&clock(), secs(60));
    let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
    drop(token);
    assert_eq!(header.as_bytes(), format!("Bearer {TEXT}").as_bytes());
}

#[test]
fn the_last_clone_wipes_the_buffer() {
    let text = "x".repeat(2003);
    let token = Token::<kind::Ci>::admit_with_clock(text.into(), &ci_grant(), clock()).unwrap();
    let size = "Bearer ".len() + 2003;
    let mut last = None;
    let seen = frees_of(size, || {
        let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
        last = Some(header.clone());
    });
    assert_eq!(seen, Seen { zero: 0, dirty: 0 }, "a clone is left");
    assert_eq!(frees_of(size, || last.take()), Seen { zero: 1, dirty: 0 });
}

type Make = fn(&Exposed<'_>) -> Result<HeaderValue, Error>;
type Expected = fn(&str) -> String;

/// Each sort of header, and how its text is made of the token's.
const SORTS: [(Make, Expected); 5] = [
    (|exposed| exposed.bearer_header(), |text| format!("Bearer {text}")),
    (|exposed| exposed.scheme_header("GenieKey"), |text| format!("GenieKey {text}")),
    (|exposed| exposed.raw_header(), str::to_owned),
    (|exposed| exposed.basic_header("ci-bot"), |text| basic("ci-bot", text)),
    (|exposed| exposed.basic_header(""), |text| basic("", text)),
];

fn basic(user: &str, text: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{text}")))
}

fn token_of(text: &str) -> Token<kind::Ci> {
    Token::admit_with_clock(text.to_owned().into(), &ci_grant(), clock()).unwrap()
}

#[test]
fn each_sort_is_right_sensitive_and_shared() {
    for length in [1, 2, 3, 4, 40, 1000] {
        let text = &TEXT.repeat(25)[..length];
        let token = token_of(text);
        for (make, expected) in SORTS {
            let header = make(&token.expose_for(&ListRepos).unwrap()).unwrap();
            assert_eq!(header.as_bytes(), expected(text).as_bytes());
            let clone = header.clone();
            assert_eq!(header.as_bytes().as_ptr(), clone.as_bytes().as_ptr());
            assert_eq!(format!("{header:?} {clone:?}"), "Sensitive Sensitive");
        }
    }
}

#[test]
fn the_last_clone_of_each_sort_wipes_the_buffer() {
    let token = token_of(&"x".repeat(2003));
    for (make, expected) in SORTS {
        let size = expected(&"x".repeat(2003)).len();
        let mut last = None;
        frees_of(size, || {
            last = Some(make(&token.expose_for(&ListRepos).unwrap()).unwrap().clone());
        });
        assert_eq!(frees_of(size, || last.take()), Seen { zero: 1, dirty: 0 });
    }
}

/// Nor does the pair of user and password that is encoded.
#[test]
fn no_block_is_freed_with_a_byte_in_it() {
    let text = "x".repeat(2003);
    let token = token_of(&text);
    for size in [text.len() + "user:".len(), basic("user", &text).len()] {
        let seen = frees_of(size, || {
            drop(token.expose_for(&ListRepos).unwrap().basic_header("user").unwrap());
        });
        assert_eq!(seen, Seen { zero: 1, dirty: 0 }, "{size}");
    }
}

#[test]
fn a_password_is_sent_and_has_no_id() {
    let token = token_of("Sunshine2024!");
    let header = token.expose_for(&ListRepos).unwrap().basic_header("Aladdin").unwrap();
    let encoded = header.to_str().unwrap().strip_prefix("Basic ").unwrap();
    assert_eq!(encoded, "QWxhZGRpbjpTdW5zaGluZTIwMjQh");
    assert_eq!(token.id(), None);
}

/// The example of RFC 7617 section 2.1, whose password `123£` a token cannot have: the user has it here.
#[test]
fn a_user_is_written_in_utf_8() {
    let token = token_of("123");
    let header = token.expose_for(&ListRepos).unwrap().basic_header("test\u{a3}").unwrap();
    assert_eq!(header, "Basic dGVzdMKjOjEyMw==");
}

#[test]
fn a_user_that_would_be_read_as_another_is_refused() {
    let token = token_of(TEXT);
    for user in ["a:b", ":", "line\nbreak", "\u{7f}", "nul\0", "\u{85}"] {
        let refused = token.expose_for(&ListRepos).unwrap().basic_header(user);
        assert_eq!(kind_of(refused), Some(ErrorKind::MalformedUser), "{user:?}");
    }
}

#[test]
fn a_scheme_is_a_token_of_http() {
    let token = token_of(TEXT);
    let make = |scheme: &str| token.expose_for(&ListRepos).unwrap().scheme_header(scheme);
    for scheme in
        ["", "Bearer ", " Bearer", "token:", "two words", "a\r\nX-Evil: 1", "s\u{fc}d", "a/b"]
    {
        assert_eq!(kind_of(make(scheme)), Some(ErrorKind::MalformedScheme), "{scheme:?}");
    }
    for scheme in ["token", "GenieKey", "AWS4-HMAC-SHA256", "!#$%&'*+-.^_`|~09azAZ"] {
        assert_eq!(make(scheme).unwrap(), *format!("{scheme} {TEXT}"));
    }
}

/// Whoever mistakes the arguments passes a token as the user or the scheme.
#[test]
fn an_error_has_nothing_of_what_was_passed() {
    let token = token_of(TEXT);
    let exposed = token.expose_for(&ListRepos).unwrap();
    let passed = format!("{TEXT}:");
    for error in [exposed.basic_header(&passed), exposed.scheme_header(&passed)] {
        let error = error.unwrap_err();
        let shown = format!("{error} {error:?} {error:#}");
        assert!(shown.contains("byte 40 is"), "{shown}");
        assert!(
            !TEXT.as_bytes().windows(5).any(|part| shown.contains(str::from_utf8(part).unwrap()))
        );
    }
}

proptest! {
    #[test]
    fn any_user_and_any_token(user in "[^:\\p{Cc}]{0,40}", text in "[!-~]{1,200}") {
        let header = token_of(&text).spend_for(&ListRepos).unwrap().basic_header(&user).unwrap();
        prop_assert_eq!(header.to_str().unwrap(), basic(&user, &text));
    }
}

#[test]
fn a_request_says_one_build_or_none() {
    use token_core::http::{TOKEN_BUILD, say_build};
    let [one, other] = ["4", "5"]
        .map(|last| format!("git:4b825dc642cb6eb9a060e54bf8d69288fbee490{last}").parse().unwrap());
    let mut headers = ::http::HeaderMap::new();
    headers.append("token-build", "x".parse().unwrap());
    headers.append("token-build", "y".parse().unwrap());
    for build in [Some(one), Some(other), None, Some(one)] {
        say_build(&mut headers, build);
        let said: Vec<_> =
            headers.get_all(TOKEN_BUILD).iter().map(|it| it.to_str().unwrap()).collect();
        let expected: Vec<_> = build.iter().map(ToString::to_string).collect();
        assert_eq!(said, expected);
    }
}
