//! Token responses: the examples of RFC 6749 word for word, and every way to be wrong.

use std::time::Duration;

use test_support::alloc_watch::frees_of;
use time::UtcDateTime;
use token_core::{
    Error,
    ErrorKind::{self, *},
    Token,
    source::TokenResponse,
};

use crate::support::{ListRepos, NOW, clock, fresh_token, kind, kind_of, secs};

fn read(body: impl AsRef<[u8]>) -> Result<TokenResponse, Error> {
    TokenResponse::read(body.as_ref(), "repo:read deploy:run")
}

/// A response with these members beside the two that must be there.
fn with(members: &str) -> Result<TokenResponse, Error> {
    read(format!(r#"{{"access_token":"abc","token_type":"Bearer"{members}}}"#))
}

/// The same, read as RFC 6749 says and no other way.
fn strictly(members: &str) -> Result<TokenResponse, Error> {
    let body = format!(r#"{{"access_token":"abc","token_type":"Bearer"{members}}}"#);
    TokenResponse::read_strict(body.as_bytes(), "repo:read deploy:run")
}

/// When the token expires if it is admitted now; its scopes are in order.
fn expiry(response: Result<TokenResponse, Error>) -> Result<UtcDateTime, ErrorKind> {
    let response = response.map_err(|error| error.kind())?;
    let token =
        Token::<kind::Ci>::admit_with_clock(response.access_token, &response.grant, clock());
    token.map(|token| token.expires_at().unwrap()).map_err(|error| error.kind())
}

/// RFC 6749 section 5.1, as printed.
const EXAMPLE: &str = r#"     {
       "access_token":"2YotnFZFEjr1zCsicMWpAA",
       "token_type":"example",
       "expires_in":3600,
       "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
       "example_parameter":"example_value"
     }"#;

#[test]
fn the_example_of_section_5_1_has_a_type_that_is_not_bearer() {
    let error = read(EXAMPLE).unwrap_err();
    assert_eq!(error.kind(), WrongType);
    assert!(error.to_string().starts_with("token response:3:"), "{error}");
    assert!(error.to_string().contains("field `token_type`"), "{error}");
}

#[test]
fn the_example_of_section_5_1_as_a_bearer_token_is_read() {
    let response = read(EXAMPLE.replace("\"example\"", "\"Bearer\"")).unwrap();
    assert!(response.access_token.constant_time_eq(b"2YotnFZFEjr1zCsicMWpAA"));
    assert!(response.refresh_token.unwrap().constant_time_eq(b"tGzv3JOkF0XG5Qx2TlKWIA"));
    let token =
        Token::<kind::Ci>::admit_with_clock(response.access_token, &response.grant, clock())
            .unwrap();
    assert_eq!(token.expires_at(), Some(NOW + secs(3600)));
    assert_eq!(token.expose_for(&ListRepos).unwrap().as_str(), "2YotnFZFEjr1zCsicMWpAA");
}

#[test]
fn the_example_of_section_5_2_is_a_refusal() {
    let error = read("     {\n       \"error\":\"invalid_request\"\n     }").unwrap_err();
    assert_eq!(error.kind(), IssuerRefused);
    assert!(error.to_string().contains("`invalid_request`"), "{error}");
}

#[test]
fn every_code_of_section_5_2_is_repeated_and_no_other_text() {
    for code in [
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    ] {
        let secret = fresh_token();
        let body = format!(
            r#"{{"error":"{code}","error_description":"bad {secret}","error_uri":"https://x/{secret}"}}"#
        );
        let error = read(body).unwrap_err();
        assert_eq!(error.kind(), IssuerRefused);
        assert!(error.to_string().contains(&format!("`{code}`")), "{error}");
        assert!(!error.to_string().contains(&secret[..8]), "{error}");
    }
    let secret = fresh_token();
    let error = read(format!(r#"{{"error":"{secret}"}}"#)).unwrap_err();
    assert_eq!(error.kind(), IssuerRefused);
    assert!(!format!("{error}{error:?}").contains(&secret[..8]), "{error}");
}

#[test]
fn a_refusal_wins_over_a_token() {
    assert_eq!(kind_of(with(r#","error":"invalid_grant""#)), Some(IssuerRefused));
    assert!(with(r#","error":null"#).is_ok(), "some issuers write every member");
}

#[test]
fn bearer_is_written_in_any_case() {
    for name in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let body = format!(r#"{{"access_token":"abc","token_type":"{name}"}}"#);
        assert!(read(body).is_ok(), "{name}");
    }
}

#[test]
fn any_other_token_type_is_refused() {
    for (member, kind) in [
        (r#","token_type":"mac""#, WrongType),
        (r#","token_type":"DPoP""#, WrongType),
        (r#","token_type":"""#, WrongType),
        (r#","token_type":"Bearer ""#, WrongType),
        (r#","token_type":5"#, WrongType),
        (r#","token_type":["Bearer"]"#, WrongType),
        (r#","token_type":"Bearer","token_type":"mac""#, DuplicateField),
    ] {
        let found = kind_of(read(format!(r#"{{"access_token":"abc"{member}}}"#)));
        assert_eq!(found, Some(kind), "{member}");
    }
}

#[test]
fn a_missing_token_type_is_bearer() {
    for (member, expected) in [("", MissingField), (r#","token_type":null"#, WrongType)] {
        let body = format!(r#"{{"access_token":"abc"{member}}}"#);
        assert!(read(&body).is_ok(), "{member}");
        let strict = TokenResponse::read_strict(body.as_bytes(), "repo:read");
        assert_eq!(kind_of(strict), Some(expected), "{member}");
    }
}

/// RFC 6749 section 5.1 has no `null`: an absent `scope` means all that was asked for, and `null` might mean none.
#[test]
fn a_member_that_is_null_is_absent_but_strictly_a_wrong_type() {
    for field in ["error", "expires_in", "refresh_token", "scope"] {
        let member = format!(r#","{field}":null"#);
        let body = format!(r#"{{"access_token":"abc","token_type":"Bearer"{member}}}"#);
        assert!(read(&body).is_ok(), "{field}");
        assert_eq!(kind_of(strictly(&member)), Some(WrongType), "{field}");
    }
}

#[test]
fn the_lifetime_is_a_number_of_seconds() {
    let hour = Ok(NOW + secs(3600));
    for (member, expected) in [
        ("3600", hour),
        ("3600.0", hour),
        ("3600.9", hour),
        ("3.6e3", hour),
        ("36E+2", hour),
        ("\"3600\"", hour),
        ("\"3600.5\"", hour),
        ("\"3.6e3\"", hour),
        ("\"\"", Err(WrongType)),
        ("\" 3600\"", Err(WrongType)),
        ("\"+3600\"", Err(WrongType)),
        ("\"-3600\"", Err(WrongType)),
        ("\"0x10\"", Err(WrongType)),
        ("\"inf\"", Err(WrongType)),
        ("\"NaN\"", Err(WrongType)),
        ("\"1h\"", Err(WrongType)),
        ("1e308", Err(WrongType)),
        ("1e999", Err(WrongType)),
        ("1", Ok(NOW + secs(1))),
        ("0", Err(Expired)),
        ("0.9", Err(Expired)),
        ("3601", Err(LifetimeTooLong)),
        ("18446744073709551615", Err(LifetimeTooLong)),
        ("18446744073709551616", Err(WrongType)),
        ("99999999999999999999999999", Err(WrongType)),
        ("-1", Err(WrongType)),
        ("-3600", Err(WrongType)),
        ("-0", Err(WrongType)),
        ("true", Err(WrongType)),
        ("[3600]", Err(WrongType)),
        ("{}", Err(WrongType)),
        ("null", Err(NoExpiry)),
        ("1e3", Ok(NOW + secs(1000))),
        ("03600", Err(Syntax)),
        ("+3600", Err(Syntax)),
    ] {
        let found = expiry(with(&format!(r#","expires_in":{member}"#)));
        assert_eq!(found, expected, "{member}");
    }
    assert_eq!(expiry(with("")), Err(NoExpiry), "nothing is assumed");
    for member in ["3600.0", "3.6e3", "\"3600\""] {
        let strict = expiry(strictly(&format!(r#","expires_in":{member}"#)));
        assert_eq!(strict, Err(WrongType), "{member}");
    }
    assert_eq!(expiry(strictly(r#","expires_in":3600"#)), hour);
}

/// `3600.0e-2` is 36 seconds: cut at the point, it would be an hour.
#[test]
fn a_lifetime_is_never_read_as_longer_than_it_is() {
    for (member, seconds) in [("3600.0e-2", 36), ("1.5e-3", 0), ("3599.0E-1", 359), ("2.5e2", 250)]
    {
        match expiry(with(&format!(r#","expires_in":{member}"#))) {
            Ok(moment) => assert!(moment <= NOW + Duration::from_secs(seconds), "{member}"),
            Err(kind) => assert!(matches!(kind, WrongType | Expired), "{member}: {kind:?}"),
        }
    }
}

#[test]
fn absent_scope_means_what_was_asked_for() {
    let lives = |members: &str| expiry(with(&format!(r#","expires_in":60{members}"#)));
    let minute = Ok(NOW + secs(60));
    assert_eq!(lives(""), minute);
    assert_eq!(lives(r#","scope":null"#), minute);
    assert_eq!(lives(r#","scope":"deploy:run repo:read""#), minute);
    assert_eq!(lives(r#","scope":"repo:read""#), Err(MissingScope));
    assert_eq!(lives(r#","scope":"""#), Err(MissingScope), "an empty list is not an absent one");
    assert_eq!(lives(r#","scope":"repo:read deploy:run admin""#), Err(ExcessScope));
    assert_eq!(lives(r#","scope":5"#), Err(WrongType));
    assert_eq!(lives(r#","scope":"a","scope":"b""#), Err(DuplicateField));
}

#[test]
fn scopes_may_be_separated_as_issuers_do() {
    let lives = |read: fn(&str) -> Result<TokenResponse, Error>, scope: &str| {
        expiry(read(&format!(r#","expires_in":60,"scope":{scope}"#)))
    };
    let minute = Ok(NOW + secs(60));
    for (scope, lenient) in [
        (r#""repo:read,deploy:run""#, minute),
        (r#""repo:read, deploy:run""#, minute),
        (r#"" repo:read  deploy:run ""#, minute),
        (r#"["repo:read","deploy:run"]"#, minute),
        (r#"["deploy:run repo:read"]"#, minute),
        (r#"["repo\u003aread","deploy:run"]"#, minute),
        (r#"["repo:read"]"#, Err(MissingScope)),
        (r#"[]"#, Err(MissingScope)),
        (r#"["repo:read","deploy:run","admin"]"#, Err(ExcessScope)),
        (r#""repo:read,deploy:run,admin""#, Err(ExcessScope)),
        (r#"["repo:read",5]"#, Err(WrongType)),
        (r#"[["repo:read"]]"#, Err(WrongType)),
    ] {
        assert_eq!(lives(with, scope), lenient, "{scope}");
        assert!(lives(strictly, scope).is_err(), "{scope}");
    }
    assert_eq!(lives(strictly, r#""repo:read deploy:run""#), minute);
}

#[test]
fn what_a_writer_escapes_more_than_it_must_is_the_same_token() {
    for (written, token) in [
        (r"tok\u002B1234=", "tok+1234="),
        (r"tok\u002b\u003D", "tok+="),
        (r"\u0061\/\\\u0022", "a/\\\""),
    ] {
        let body = format!(r#"{{"token_type":"Be\u0061rer","access_token":"{written}"}}"#);
        assert_eq!(kind_of(read(&body)), Some(WrongType), "a type is compared as written");
        let body = format!(r#"{{"\u0061ccess_token":"{written}"}}"#);
        let response = read(body).unwrap();
        assert!(response.access_token.constant_time_eq(token.as_bytes()), "{written}");
    }
    for wrong in [r"\uD800", r"\uD800x", r"\uD800\u0061", r"\uDC00"] {
        let body = format!(r#"{{"access_token":"{wrong}"}}"#);
        assert_eq!(kind_of(read(body)), Some(Syntax), "{wrong}");
    }
    let beyond = read(r#"{"access_token":"\uD83D\uDE00"}"#);
    assert_eq!(kind_of(beyond), Some(Malformed), "a character, but none of a token");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_body() {
    let body = "\u{feff}{\"access_token\":\"abc\",\"token_type\":\"Bearer\"}";
    assert!(read(body).is_ok());
    assert!(TokenResponse::read_strict(body.as_bytes(), "").is_err());
}

/// PHP writes every `/` as `\/`, and scopes may be URLs.
#[test]
fn a_scope_with_escaped_slashes_is_the_same_scope() {
    let body =
        r#"{"access_token":"abc","token_type":"Bearer","expires_in":60,"scope":"https:\/\/x\/y"}"#;
    let response = read(body).unwrap();
    let refused =
        Token::<kind::Ci>::admit_with_clock(response.access_token, &response.grant, clock());
    assert_eq!(kind_of(refused), Some(ExcessScope), "a scope that the kind lacks, but a scope");
}

#[test]
fn the_refresh_token_is_checked_like_a_token() {
    assert!(with("").unwrap().refresh_token.is_none());
    assert!(with(r#","refresh_token":null"#).unwrap().refresh_token.is_none());
    let secret = with(r#","refresh_token":"1\/\/0e""#).unwrap().refresh_token.unwrap();
    assert!(secret.constant_time_eq(b"1//0e"));
    for (value, kind) in [
        ("\"\"", Malformed),
        ("\"two words\"", Malformed),
        ("5", WrongType),
        (r#""a\n""#, Malformed),
        (r#""a","refresh_token":"b""#, DuplicateField),
    ] {
        let found = kind_of(with(&format!(r#","refresh_token":{value}"#)));
        assert_eq!(found, Some(kind), "{value}");
    }
}

#[test]
fn the_access_token_is_a_plain_string() {
    for (value, kind) in [
        ("null", Some(MissingField)),
        ("\"\"", Some(Malformed)),
        ("\"two words\"", Some(Malformed)),
        ("\"\u{e9}\"", Some(Malformed)),
        ("5", Some(WrongType)),
        ("{\"value\":\"abc\"}", Some(WrongType)),
        ("[\"abc\"]", Some(WrongType)),
        (r#""a\u0062c""#, None),
        (r#""a\nc""#, Some(Malformed)),
        (r#""a\u0000c""#, Some(Malformed)),
        (r#""a\\c""#, None),
        (r#""abc","access_token":"abd""#, Some(DuplicateField)),
        (r#""abc","\u0061ccess_token":"abd""#, Some(DuplicateField)),
        (r#""abc\/def+==""#, None),
    ] {
        let body = format!(r#"{{"token_type":"Bearer","access_token":{value}}}"#);
        assert_eq!(kind_of(read(body)), kind, "{value}");
    }
    assert_eq!(kind_of(read(r#"{"token_type":"Bearer"}"#)), Some(MissingField));
    let slashes = read(r#"{"token_type":"Bearer","access_token":"\/a\/\/b"}"#).unwrap();
    assert!(slashes.access_token.constant_time_eq(b"/a//b"));
}

#[test]
fn what_is_not_a_json_object_is_refused() {
    for (body, kind) in [
        ("[]", Syntax),
        ("\"abc\"", Syntax),
        ("{", Syntax),
        ("{}", MissingField),
        ("{} x", Syntax),
        (r#"{"access_token":"abc","token_type":"Bearer""#, Syntax),
        (r#"{"access_token":"abc","token_type":"Bearer"},"#, Syntax),
        (r#"{"access_token":"abc,"token_type":"Bearer"}"#, Syntax),
    ] {
        assert_eq!(kind_of(read(body)), Some(kind), "{body}");
    }
    let error = read(b"{\n\"access_token\":\"\xff\"}").unwrap_err();
    assert_eq!(error.kind(), Syntax);
    assert!(error.to_string().starts_with("token response:2:17: "), "{error}");
}

/// The member that is looked for first has nothing to do with it.
#[test]
fn a_body_that_is_no_json_is_told_as_what_it_is() {
    for (body, words) in [
        ("", "empty"),
        (" \n", "empty"),
        ("<html>502 Bad Gateway</html>", "HTML"),
        ("\u{feff}<?xml version='1.0'?>", "XML"),
        ("access_token=abc&token_type=bearer", "form-encoded"),
        ("upstream connect error", "something else"),
        ("[]", "something else"),
    ] {
        let error = read(body).unwrap_err();
        assert_eq!(error.kind(), Syntax, "{body}");
        let said = error.to_string();
        assert!(
            said.contains(words) && said.contains("JSON") && !said.contains("`error`"),
            "{said}"
        );
    }
}

#[test]
fn members_of_the_issuer_are_ignored() {
    let more = r#","id_token":"a\u0062","x":{"access_token":"no","error":"no"},"y":[1,{}],"x":1"#;
    assert!(with(more).is_ok());
}

#[test]
fn a_response_is_limited_like_a_token() {
    let body = |len: usize| {
        format!(r#"{{"access_token":"abc","token_type":"Bearer"}}{}"#, " ".repeat(len - 44))
    };
    assert!(read(body(64 * 1024)).is_ok());
    assert_eq!(kind_of(read(body(64 * 1024 + 1))), Some(TooLong));
    assert_eq!(kind_of(TokenResponse::read(std::io::repeat(b' '), "")), Some(TooLong));
}

#[test]
fn debug_shows_no_token() {
    let (access, refresh) = (fresh_token(), fresh_token());
    let body = format!(
        r#"{{"access_token":"{access}","token_type":"Bearer","refresh_token":"{refresh}"}}"#
    );
    let shown = format!("{:#?}", read(body).unwrap());
    assert!(shown.contains("[redacted]"), "{shown}");
    assert!(!shown.contains(&access[..8]) && !shown.contains(&refresh[..8]), "{shown}");
}

const BODY: &str = r#"{"access_token":"abc","token_type":"Bearer","expires_in":60}"#;

#[test]
fn a_body_that_is_alone_is_wiped() {
    for body in [BODY.to_owned(), BODY.replace("abc", "a b"), "no JSON".repeat(3), String::new()] {
        let len = body.len();
        let refused = !body.contains("\"abc\"");
        // The block of the body, and no other, has this size plus the room behind it.
        let mut block = Vec::with_capacity(len + 1000);
        block.extend_from_slice(body.as_bytes());
        let seen = frees_of(len + 1000, move || {
            let mut body = bytes::BytesMut::from(bytes::Bytes::from(block));
            body.truncate(len);
            let response = TokenResponse::take(body.freeze(), "repo:read");
            assert_eq!(response.is_err(), refused);
            assert!(response.is_err() || response.unwrap().is_wiped);
        });
        assert!(seen.is_clean(), "{body:?}: {seen:?}");
    }
}

/// What was cut off behind the end is in the same memory.
#[test]
fn what_was_cut_off_is_wiped_too() {
    let whole = format!("{BODY}{}", "secret".repeat(200));
    let len = whole.len();
    let seen = frees_of(len, move || {
        let mut body = bytes::Bytes::from(whole.into_bytes());
        body.truncate(BODY.len());
        assert!(TokenResponse::take(body, "repo:read").unwrap().is_wiped);
    });
    assert!(seen.is_clean(), "{seen:?}");
}

/// Nobody may write what another still reads. It is read, and said.
#[test]
fn a_body_with_another_owner_is_read_and_not_wiped() {
    let whole = bytes::Bytes::from(BODY.to_owned().into_bytes());
    let shared: [(&str, bytes::Bytes); 4] = [
        ("a clone", whole.clone()),
        ("a slice", whole.slice(..)),
        ("a part of the program", bytes::Bytes::from_static(BODY.as_bytes())),
        ("somebody's own memory", bytes::Bytes::from_owner(BODY.to_owned())),
    ];
    for (what, body) in shared {
        let response = TokenResponse::take(body, "repo:read").unwrap();
        assert!(!response.is_wiped, "{what}");
        assert!(response.access_token.constant_time_eq(b"abc"), "{what}");
    }
    assert_eq!(whole, BODY, "as it was");
    assert!(TokenResponse::take(whole, "repo:read").unwrap().is_wiped, "the last owner");
    assert!(read(BODY).unwrap().is_wiped);
}
