//! The token of a request.

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use proptest::prelude::*;
use token_guard::{Credentials, NotPresented};

const KEY: HeaderName = HeaderName::from_static("x-api-key");

fn found(headers: &[(HeaderName, &[u8])], uri: &str) -> Result<String, NotPresented> {
    find(&Credentials::bearer(), headers, uri)
}

fn found_with_key(headers: &[(HeaderName, &[u8])]) -> Result<String, NotPresented> {
    find(&Credentials::bearer().or_header(KEY).unwrap(), headers, "/")
}

fn find(
    credentials: &Credentials,
    headers: &[(HeaderName, &[u8])],
    uri: &str,
) -> Result<String, NotPresented> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    let presented = credentials.find(&map, &uri.parse::<Uri>().unwrap())?;
    Ok(String::from_utf8(presented.bytes().to_vec()).unwrap())
}

fn bearer(value: &str) -> Result<String, NotPresented> {
    found(&[(header::AUTHORIZATION, value.as_bytes())], "/")
}

#[test]
fn the_scheme_is_read_in_any_case_and_before_any_number_of_spaces() {
    for value in ["Bearer abc", "bearer abc", "BEARER abc", "bEaReR  abc", "Bearer     abc"] {
        assert_eq!(bearer(value).unwrap(), "abc", "{value}");
    }
}

#[test]
fn all_characters_of_a_b64token_are_taken() {
    let all = "ABCXYZabcxyz0189-._~+/==";
    assert_eq!(bearer(&format!("Bearer {all}")).unwrap(), all);
    assert_eq!(found_with_key(&[(KEY, all.as_bytes())]).unwrap(), all);
}

#[test]
fn another_scheme_is_no_credential() {
    for value in [
        "",
        "Basic YTpi",
        "Digest abc",
        "Bearez abc",
        "Bearerabc",
        "Bearer-abc x",
        "Bear abc",
        "DPoP abc",
        " Bearer a",
    ] {
        assert_eq!(bearer(value), Err(NotPresented::Missing), "{value:?}");
    }
}

#[test]
fn what_has_not_the_syntax_of_a_token_is_malformed() {
    let values = [
        "Bearer",
        "Bearer ",
        "Bearer\tabc",
        "Bearer \tabc",
        "Bearer abc ",
        "Bearer a b",
        "Bearer a,b",
        "Bearer a, Bearer b",
        "Bearer =",
        "Bearer ab=c",
        "Bearer \"abc\"",
        "Bearer a\\",
        "Bearer,abc",
        "Bearer a;b",
        "Bearer token=abc, x",
    ];
    for value in values {
        assert_eq!(bearer(value), Err(NotPresented::Malformed), "{value:?}");
    }
    let utf_8 = found(&[(header::AUTHORIZATION, "Bearer gr\u{fc}n".as_bytes())], "/");
    assert_eq!(utf_8, Err(NotPresented::Malformed));
    for value in ["", " ", "a b", "a,b", "Bearer abc", "abc\u{e9}"] {
        let with_key = found_with_key(&[(KEY, value.as_bytes())]);
        assert_eq!(with_key, Err(NotPresented::Malformed), "{value:?}");
    }
}

#[test]
fn two_tokens_are_refused_even_if_they_are_equal() {
    let one = (header::AUTHORIZATION, &b"Bearer abc"[..]);
    let basic = (header::AUTHORIZATION, &b"Basic YTpi"[..]);
    let key = (KEY, &b"abc"[..]);
    for headers in [
        vec![one.clone(), one.clone()],
        vec![one.clone(), basic.clone()],
        vec![basic.clone(), one.clone()],
    ] {
        assert_eq!(found(&headers, "/"), Err(NotPresented::Several));
    }
    for headers in [vec![one.clone(), key.clone()], vec![key.clone(), key.clone()]] {
        assert_eq!(found_with_key(&headers), Err(NotPresented::Several));
    }
    assert_eq!(found_with_key(&[basic, key.clone()]).unwrap(), "abc");
    assert_eq!(found(&[one, key], "/").unwrap(), "abc", "a header that nobody named is not read");
}

#[test]
fn cookies_are_not_read() {
    let cookie = (header::COOKIE, &b"access_token=abc; Authorization=abc"[..]);
    assert_eq!(found(&[cookie], "/"), Err(NotPresented::Missing));
    for name in
        [header::COOKIE, header::SET_COOKIE, header::AUTHORIZATION, header::PROXY_AUTHORIZATION]
    {
        let error = Credentials::bearer().or_header(name.clone()).unwrap_err();
        assert!(error.to_string().contains(name.as_str()), "{error}");
    }
}

#[test]
fn a_token_in_the_url_is_refused_whatever_stands_in_the_headers() {
    for uri in [
        "/?access_token=abc",
        "/a?b=c&access_token=abc",
        "/?access_token",
        "/?access_token=&b",
        "/?access%5Ftoken=abc",
        "/?b&%61%63%63%65%73%73_token=%61",
    ] {
        assert_eq!(found(&[], uri), Err(NotPresented::InUrl), "{uri}");
        let header = (header::AUTHORIZATION, &b"Bearer abc"[..]);
        assert_eq!(found(&[header], uri), Err(NotPresented::InUrl), "{uri}");
    }
    for uri in [
        "/access_token=abc",
        "/?my_access_token=abc",
        "/?access_tokens=a",
        "/?a=access_token",
        "/?%zz&%=%",
    ] {
        assert_eq!(found(&[], uri), Err(NotPresented::Missing), "{uri}");
    }
}

proptest! {
    /// Whatever is found stands in the header word for word, and is a b64token.
    #[test]
    fn what_is_found_is_a_token_of_the_header(value in "([Bb]earer ?)?[ -~\t]{0,40}") {
        if let Ok(token) = bearer(&value) {
            prop_assert!(value.ends_with(&token));
            let body = token.trim_end_matches('=');
            prop_assert!(!body.is_empty());
            prop_assert!(body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b)));
        }
    }

    #[test]
    fn every_b64token_is_found(token in "[A-Za-z0-9._~+/-]{1,200}={0,3}") {
        let found = bearer(&format!("Bearer {token}"));
        prop_assert_eq!(found.as_deref(), Ok(token.as_str()));
    }

    /// No header of whatever bytes panics, and no error has a part of it.
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            let mut headers = HeaderMap::new();
            headers.append(header::AUTHORIZATION, value.clone());
            headers.append(KEY, value);
            let credentials = Credentials::bearer().or_header(KEY).unwrap();
            let _ = credentials.find(&headers, &Uri::from_static("/"));
        }
    }
}
