//! Times, numbers and handles as issuers write them.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn at(text: &str) -> i64 {
    moment(text).unwrap().unix_timestamp()
}

#[test]
fn times_are_those_of_rfc_3339_dates_and_seconds() {
    assert_eq!(at("2027-01-02T03:04:05Z"), at("1798859045"));
    assert_eq!(at("2027-01-02T04:04:05.5+01:00"), 1_798_859_045);
    // A token of GitLab ends when its date begins.
    assert_eq!(at("2027-01-02"), at("2027-01-02T00:00:00Z"));
    for wrong in ["", "soon", "2027-13-01", "2027-01-02 03:04", "99999999999999999", "1.5"] {
        assert_eq!(moment(wrong), None, "{wrong}");
    }
}

#[test]
fn members_are_found_by_their_path_and_nothing_else_is_read() {
    let document = "{\"a\": {\"b\": 17, \"\\u0063\": null}, \"b\": [1]}";
    assert_eq!(member(document, "a.b"), Some("17"));
    assert_eq!(member(document, "a.c"), Some("null"));
    assert_eq!(member(document, "b"), Some("[1]"));
    for missing in ["", "c", "a.d", "a.b.c", "b.0"] {
        assert_eq!(member(document, missing), None, "{missing}");
    }
}

#[test]
fn a_handle_never_tells_the_token() {
    let token = "acme_deploy_".to_owned() + &"Zq9".repeat(12);
    let secret = || Secret::from(token.clone());
    for told in [&token, &format!("id-{token}"), &token[..24], &token[14..44]] {
        let words = handle_of(told, &secret()).unwrap_err();
        assert!(!words.contains("Zq9"), "{words}");
    }
    // What tokens and handles of an issuer have in common is no secret, nor is an id that stands in the token.
    for public in ["acme_deploy_17", "9Z"] {
        assert_eq!(handle_of(public, &secret()).unwrap().as_str(), public);
    }
    assert!(handle_of("two words", &secret()).is_err());
}
