//! What a name says about its value.

use crate::text::slice;

/// Ends of names that hold something about a secret, and not the secret.
const NOT_SECRETS: &[&str] = &[
    "name",
    "id",
    "file",
    "path",
    "url",
    "uri",
    "type",
    "length",
    "len",
    "size",
    "field",
    "header",
    "env",
    "prefix",
    "suffix",
    "hash",
    "hashed",
    "digest",
    "sha",
    "sha256",
    "checksum",
    "ttl",
    "expiry",
    "expires",
    "endpoint",
    "dir",
    "ref",
    "regex",
    "pattern",
    "label",
    "title",
    "hint",
    "format",
    "version",
    "count",
    "limit",
    "policy",
    "provider",
    "class",
    "manager",
    "store",
    "kind",
    "source",
    "scope",
    "scopes",
    "arn",
    "host",
    "location",
    "algorithm",
    "alg",
    "template",
    "message",
    "error",
    "description",
    "help",
    "placeholder",
    "integrity",
    "fingerprint",
    "public",
    "pub",
    "metadata",
    "parameter",
    "param",
    "var",
    "variable",
    "input",
    "rotation",
    "issuer",
    "audience",
    "index",
    "commit",
    "revision",
    "rev",
    "bytes",
    "stream",
    "tree",
    "span",
    "symbol",
    "number",
    "mode",
];

/// A word that only begins as a keyword does: `tokenizer`, `secretary`.
pub(super) fn is_other_word(name: &[u8]) -> bool {
    let start = slice(name, 0, 7).to_ascii_lowercase();
    [&b"tokeni"[..], b"secreta", b"secreti"].iter().any(|word| start.starts_with(word))
}

/// Whether the last word of a name says that it holds something about a secret.
pub(super) fn says_no_secret(name: &[u8]) -> bool {
    let name: String = String::from_utf8_lossy(name).into_owned();
    let last = last_word(&name).to_ascii_lowercase();
    name.len() > last.len() && NOT_SECRETS.contains(&last.as_str())
}

/// The last word of a name in snake, kebab, dotted or camel case.
fn last_word(name: &str) -> &str {
    let name = name.trim_end_matches(['_', '-', '.']);
    let start = name.rfind(['_', '-', '.']).map_or(0, |at| at + 1);
    let tail = name.get(start..).unwrap_or_default();
    let camel = tail.char_indices().rev().find(|(at, c)| {
        c.is_ascii_uppercase()
            && tail.get(..*at).is_some_and(|head| head.ends_with(|c: char| c.is_ascii_lowercase()))
    });
    tail.get(camel.map_or(0, |(at, _)| at)..).unwrap_or(tail)
}

pub(super) fn says_public(before: &[u8]) -> bool {
    let before = before.to_ascii_lowercase();
    [
        &b"public_"[..],
        b"public-",
        b"public",
        b"csrf_",
        b"csrf-",
        b"csrf",
        b"xsrf-",
        b"cancellation",
        b"cancel_",
    ]
    .iter()
    .any(|word| before.ends_with(word))
}

/// Whether the line before a value speaks of hashes.
pub(super) fn says_hash(line: &[u8]) -> bool {
    let line = line.to_ascii_lowercase();
    [
        &b"sha256"[..],
        b"sha512",
        b"sha1",
        b"checksum",
        b"integrity",
        b"digest",
        b"fingerprint",
        b"commit",
    ]
    .iter()
    .any(|word| memchr::memmem::find(&line, word).is_some())
}
