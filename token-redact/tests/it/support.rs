//! The redaction, the tokens and the small tools that all tests share.

use proptest::prelude::*;
use test_support::fresh_token;
use token_core::TokenId;
use token_policy::format;
use token_redact::{Prefix, Redaction, Registered};

/// A name of a kind with a prefix of our own.
pub const KIND: &str = "ci-writer";
pub const PREFIX: &str = "acme_deploy";

/// What masks the tokens of [`own`], and of a second kind.
pub fn redaction() -> Redaction {
    let prefix = |text| Prefix::parse(text).unwrap();
    Redaction::new([(KIND, prefix(PREFIX)), ("read-only", prefix("acme_readonly"))])
}

/// A token of our own format.
pub fn own(prefix: &str, entropy: &[u8]) -> String {
    let prefix = Prefix::parse(prefix).unwrap();
    let mut token = vec![0; prefix.token_bytes()];
    format::compose(&prefix, entropy, &mut token).unwrap();
    String::from_utf8(token).unwrap()
}

/// One that was never seen before.
pub fn fresh() -> String {
    own(PREFIX, fresh_token().as_bytes())
}

pub fn label(kind: &str, token: &str) -> String {
    match TokenId::of(token.as_bytes()) {
        Some(id) => format!("[token:{kind}#{id}]"),
        None => format!("[token:{kind}]"),
    }
}

pub fn register(redaction: &Redaction, kind: &str, value: &str) -> Registered {
    redaction.register(kind, value.as_bytes()).unwrap()
}

pub fn redact(redaction: &Redaction, text: impl AsRef<[u8]>) -> String {
    String::from_utf8(redaction.redact(text.as_ref())).unwrap()
}

/// Whether any 8 bytes of a token are in `text`, but for its public prefix.
pub fn leaks(text: &[u8], token: &str) -> bool {
    let tail = token.strip_prefix("acme_deploy_").unwrap_or(token);
    tail.as_bytes().windows(8).any(|window| text.windows(8).any(|other| other == window))
}

pub fn entropy() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0_u8..248, 64)
}

/// A value as other issuers mint them, with all that a form could stumble over.
pub fn value() -> impl Strategy<Value = String> {
    let visible = || proptest::collection::vec(0x21_u8..0x7f, 16..90);
    // Some end in a few bytes over and over, which tell less than others.
    let repeated = (visible(), 1_usize..8, 0_usize..40).prop_map(|(bytes, period, more)| {
        let end = bytes.iter().rev().take(period).cycle().take(more).copied().collect::<Vec<u8>>();
        [bytes, end].concat()
    });
    let bytes = prop_oneof![visible(), repeated];
    let value = bytes.prop_map(|bytes| String::from_utf8(bytes).unwrap());
    value.prop_filter("guessable", |value| {
        let mut bytes = value.clone().into_bytes();
        bytes.sort_unstable();
        bytes.dedup();
        bytes.len() >= 8
    })
}
