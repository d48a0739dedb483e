//! The doors through which a `Secret`'s bytes leave: no other public function of any crate takes a secret.
//!
//! The test reads the lists of public interfaces that `.ci/apis` compares with the code. A new function that takes a
//! secret fails here, until somebody has looked at what it does with the bytes and has written it down.

use std::{collections::BTreeMap, fs, path::Path};

/// Each public function that takes a secret, and what it does with the bytes.
const REVIEWED: &[(&str, &str)] = &[
    // The three doors.
    ("token_core::Secret::with_bytes<R>", "lends them to a closure; reviewers search for its name"),
    ("secrecy::SecretString::try_from", "gives them to secrecy, by value"),
    (
        "token_core::Secret::into_body",
        "gives them to a framework, as the body of a response; reviewers search for its name",
    ),
    // These show no byte.
    ("token_core::Secret::constant_time_eq", "says whether they are those that the caller has"),
    ("token_core::Secret::drop", "wipes them"),
    ("token_core::Secret::fmt", "prints `Secret([redacted])`"),
    ("token_core::Admission::admit<K: token_core::scope::TokenKind>", "makes a token, or wipes"),
    (
        "token_core::Mask::mask",
        "lends it to who masks tokens in output, whose ways to its bytes are those of this list",
    ),
    ("token_core::Token<K>::admit", "makes a token, or wipes"),
    ("token_core::Token<K>::admit_with_clock", "makes a token, or wipes"),
    ("token_issue::Pepper::new", "keeps them as a key, which only makes digests, and wipes"),
    (
        "token_issue::registry::Postgres::open",
        "keeps the URL of a database, which its client library reads to connect; errors do not quote it",
    ),
    ("token_issue::registry::Postgres::options", "the same"),
    ("token_rotate::Fetched::new", "keeps it until it is admitted, or wipes"),
    (
        "token_rotate::replace::Steps::set",
        "lends it to a step of the caller's, which gives it to the consumer",
    ),
    ("token_rotate::replace::Steps::test", "lends it to a step of the caller's, which compares it"),
    (
        "token_rotate::Options<K, I>::follow<F: core::marker::Send + core::marker::Sync + 'static>",
        "lends the secret itself to a closure, whose ways to its bytes are those of this list",
    ),
    (
        "token_rotate::oauth::Store::put",
        "writes the bytes to the file, readable by its owner alone; it is there for that",
    ),
    ("token_audit::SigningKey::from_secret", "makes a key, which only signs, and wipes"),
    (
        "token_redact::Redaction::mask",
        "keeps a keyed fingerprint and the id until the token is wiped",
    ),
    (
        "token_redact::Redaction::register_secret<K: token_core::scope::TokenKind>",
        "keeps a keyed fingerprint and the id",
    ),
];

/// Each trait that is implemented for a secret, or takes one by its type.
const IMPLEMENTED: &[&str] = &[
    "impl core::convert::From<alloc::string::String> for token_core::Secret",
    "impl core::convert::From<alloc::vec::Vec<u8>> for token_core::Secret",
    "impl core::convert::From<secrecy::SecretBox<str>> for token_core::Secret",
    "impl core::convert::TryFrom<token_core::Secret> for secrecy::SecretString",
    "impl core::fmt::Debug for token_core::Secret",
    "impl core::ops::drop::Drop for token_core::Secret",
    "impl token_core::Secret",
    "impl token_core::Secret",
    "impl zeroize::ZeroizeOnDrop for token_core::Secret",
    "impl<'de> serde_core::de::Deserialize<'de> for token_core::Secret",
];

#[test]
fn every_function_that_takes_a_secret_was_reviewed() {
    let listed = listed();
    let takes: Vec<&str> = listed.lines().filter_map(function).filter_map(taking).collect();
    let reviewed: BTreeMap<_, _> = REVIEWED.iter().copied().collect();
    let new: Vec<_> = takes.iter().filter(|name| !reviewed.contains_key(*name)).collect();
    assert!(new.is_empty(), "see the head of this file about: {new:#?}");
    let gone: Vec<_> = reviewed.keys().filter(|name| !takes.contains(*name)).collect();
    assert!(gone.is_empty(), "no such function: {gone:#?}");
}

#[test]
fn every_trait_of_a_secret_was_reviewed() {
    let listed = listed();
    let impls = listed.lines().filter(|line| line.starts_with("impl") && has_secret(line));
    let mut impls: Vec<_> = impls.collect();
    impls.sort_unstable();
    assert_eq!(impls, IMPLEMENTED);
}

/// What a reader of the lists must not overlook.
#[test]
fn a_new_door_is_seen() {
    for line in [
        "pub fn token_core::Secret::as_ref(&self) -> &[u8]",
        "pub fn token_core::Secret::into_vec(self) -> alloc::vec::Vec<u8>",
        "pub const fn token_core::Secret::pair(Self, usize) -> u8",
        "pub fn token_core::source::ConfigFile::from_toml(token_core::Secret) -> Self",
        "pub async fn token_x::send(&[token_core::secret::buffer::Secret], u8) -> u8",
        "pub fn token_x::each(impl core::ops::function::Fn(u8) -> u8, &token_core::Secret)",
        "pub fn token_x::into<S: core::convert::Into<token_core::Secret>>(S)",
    ] {
        assert!(function(line).and_then(taking).is_some(), "{line}");
    }
    for line in [
        "pub fn token_core::source::env(&str) -> core::result::Result<token_core::Secret, token_core::Error>",
        "pub fn token_core::Secret::take_from(&mut [u8]) -> Self",
        "pub fn token_x::keep(secrecy::SecretString)",
        "pub token_core::source::TokenResponse::access_token: token_core::Secret",
    ] {
        assert!(function(line).and_then(taking).is_none(), "{line}");
    }
}

/// The interfaces of all crates, with one name for the type.
fn listed() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/api");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let lists = files.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    let text: String = lists.map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(text.contains("pub struct token_core::Secret(_)"), "the lists are read");
    text.replace("token_core::secret::buffer::Secret", "token_core::Secret")
}

/// A line without what stands before a function's path.
fn function(line: &str) -> Option<&str> {
    let (before, path) = line.split_once("fn ")?;
    before.starts_with("pub ").then_some(path)
}

/// The function's path, if it takes a secret.
fn taking(function: &str) -> Option<&str> {
    let (path, arguments) = function.split_once('(')?;
    let arguments = &arguments[..end(arguments)];
    let generics = path.split_once("::<").or(path.split_once('<')).map_or("", |(_, rest)| rest);
    let is_method = path.starts_with("token_core::Secret::")
        && (arguments.contains("self") || arguments.contains("Self"));
    (is_method || has_secret(arguments) || has_secret(generics)).then_some(path)
}

/// Where the arguments end, which may have brackets of their own.
fn end(arguments: &str) -> usize {
    let mut open = 1;
    let closes = |bracket: char| {
        open += match bracket {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        open == 0
    };
    arguments.find(closes).unwrap()
}

fn has_secret(text: &str) -> bool {
    text.match_indices("token_core::Secret").any(|(at, name)| {
        let next = text[at + name.len()..].chars().next();
        !next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
    }) || text.contains("token_core::secret::buffer::Secret")
}
