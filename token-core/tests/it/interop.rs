//! Exchange with secrecy and serde, by value.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use token_core::{ErrorKind, Secret, Token};

use test_support::alloc_watch::{Seen, frees_of};

use crate::support::{ListRepos, TEXT, ci_grant, clock, kind, kind_of};

#[test]
fn a_secret_string_becomes_a_secret_and_back() {
    let there = Secret::from(SecretString::from(TEXT));
    assert!(there.constant_time_eq(TEXT.as_bytes()));
    let back = SecretString::try_from(there).unwrap();
    assert_eq!(back.expose_secret(), TEXT);
}

#[test]
fn a_secret_string_can_be_admitted() {
    let secret = Secret::from(SecretString::from(TEXT));
    let token = Token::<kind::Ci>::admit_with_clock(secret, &ci_grant(), clock()).unwrap();
    assert_eq!(token.expose_for(&ListRepos).unwrap().as_str(), TEXT);
}

#[test]
fn a_secret_that_is_not_text_cannot_become_a_string() {
    let bytes = vec![b'a', b'b', 0xff, b'c'];
    let error = SecretString::try_from(Secret::from(bytes)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().contains("byte 2 "), "{error}");
}

#[test]
fn the_exchange_leaves_nothing_unwiped() {
    let seen = frees_of(1999, || Secret::from(SecretString::from("x".repeat(1999))));
    assert_eq!(seen, Seen { zero: 2, dirty: 0 }, "secrecy's block and ours");
    let seen = frees_of(1999, || SecretString::try_from(Secret::from("x".repeat(1999))).unwrap());
    assert_eq!(seen, Seen { zero: 1, dirty: 0 }, "one block, handed over");
    let seen =
        frees_of(1999, || SecretString::try_from(Secret::from(vec![0xff; 1999])).unwrap_err());
    assert_eq!(seen, Seen { zero: 1, dirty: 0 }, "refused");
}

#[derive(Debug, Deserialize)]
struct Config {
    token: Secret,
    spare: Option<Secret>,
}

#[test]
fn a_secret_deserializes_from_a_string() {
    let json = format!("{{\"token\":\"{TEXT}\",\"spare\":null}}");
    let config: Config = serde_json::from_str(&json).unwrap();
    assert!(config.token.constant_time_eq(TEXT.as_bytes()));
    assert!(config.spare.is_none());
    assert!(!format!("{config:?}").contains(&TEXT[..8]));

    let config: Config = toml::from_str(&format!("token = '{TEXT}'\nspare = 'abc'")).unwrap();
    assert!(config.token.constant_time_eq(TEXT.as_bytes()));
    assert!(config.spare.unwrap().constant_time_eq(b"abc"));

    let value = serde_json::Value::from(TEXT);
    let owned: Secret = serde_json::from_value(value).unwrap();
    assert!(owned.constant_time_eq(TEXT.as_bytes()), "`visit_string`");

    let escaped: Secret = serde_json::from_str("\"a\\u0062c\"").unwrap();
    assert!(escaped.constant_time_eq(b"abc"));
}

#[test]
fn a_secret_deserializes_from_nothing_else() {
    let others =
        ["1", "-1", "1.5", "1e400", "true", "null", "[\"a\"]", "{\"a\":\"b\"}", "[97]", "\"", ""];
    for json in others {
        assert!(serde_json::from_str::<Secret>(json).is_err(), "{json}");
    }
}

/// What is deserialized is not checked before admission, as with any other secret.
#[test]
fn a_deserialized_secret_is_checked_at_admission() {
    let secret: Secret = serde_json::from_str("\"two words\"").unwrap();
    let token = Token::<kind::Ci>::admit_with_clock(secret, &ci_grant(), clock());
    assert_eq!(kind_of(token), Some(ErrorKind::Malformed));
}
