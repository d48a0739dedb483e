//! Tokens that were never seen before, tries, and what a fetch brought.

use std::{
    fmt::{Debug, Display},
    time::Duration,
};

use token_core::{Secret, TokenId, TokenKind};
use token_rotate::{Attempt, Failure, Fetched, Issuer};

/// A token in no format, which cannot be guessed.
pub fn fresh() -> String {
    (0..40).map(|_| fastrand::alphanumeric()).collect()
}

/// A token in the format of kind `K`.
pub fn formatted<K: TokenKind>() -> String {
    let token = token_issue::generate::<K>().unwrap();
    token.with_bytes("a test", |token| String::from_utf8(token.to_vec()).unwrap())
}

pub fn attempt() -> Attempt {
    Attempt::new(1, Duration::from_secs(5))
}

/// A try of a machine that holds this token.
pub fn holding(token: &str) -> Attempt {
    attempt().holding(TokenId::of(token.as_bytes()))
}

pub fn text(secret: &Secret) -> String {
    secret.with_bytes("a test", |bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

/// The token that a fetch brought; `None` if it is unchanged.
pub fn token(fetched: Result<Fetched, Failure>) -> Option<String> {
    fetched.unwrap().into_secret().map(|(secret, ..)| text(&secret))
}

pub fn fetch<K: TokenKind>(issuer: &impl Issuer<K>, attempt: &Attempt) -> Result<Fetched, Failure> {
    issuer.fetch(attempt)
}

/// Fails if eight bytes of a secret are in what an error shows.
pub fn assert_silent(shown: &(impl Debug + Display), secrets: &[&str]) {
    for text in [format!("{shown}"), format!("{shown:?}"), format!("{shown:#?}")] {
        for secret in secrets {
            let shows = |part: &[u8]| text.as_bytes().windows(8).any(|window| window == part);
            assert!(!secret.as_bytes().windows(8).any(shows), "{text}");
        }
    }
}
