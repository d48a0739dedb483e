//! Says what a name tells about its value.

use crate::text::slice;

/// The last words of names whose value is something about a secret, and not the secret.
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
    "hashes",
    "sha2",
    "sha256",
    "eight",
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
    "image",
    "address",
    "contract",
    "config",
    "attributes",
    "verifier",
    "mode",
];

/// Returns whether the keyword is only a part of another word, such as `tokenizer`, `secretary`, `bypass` or
/// `passport`.
pub(super) fn is_other_word(head: &[u8], tail: &[u8]) -> bool {
    let start = slice(tail, 0, 7).to_ascii_lowercase();
    let other = [&b"tokeni"[..], b"secreta", b"secreti"].iter().any(|word| start.starts_with(word));
    let longer = start.starts_with(b"_pw") && tail.get(3).is_some_and(u8::is_ascii_alphabetic);
    let letter = head.last().is_some_and(u8::is_ascii_alphabetic);
    let camel = tail.first().is_some_and(u8::is_ascii_uppercase);
    // The `des_key` in `nodes_key` is not about DES. But the `mac_key` in `hmac_key` is about a MAC.
    let plural = start.starts_with(b"des") && letter && !camel;
    // The `_pw` in `db_pwd` is left out, since the keyword `pwd` finds that name too.
    other || plural || longer || (start.starts_with(b"pass") && !is_password_word(head, tail))
}

/// The words before `pass` with which it means a password.
const PASS: &[&str] = &[
    "db", "user", "root", "admin", "smtp", "mail", "email", "ftp", "ssh", "sql", "mysql", "pg",
    "redis", "key", "proxy", "my", "store", "trust", "login", "auth", "app", "api", "svc",
    "service", "require",
];

/// Returns whether `pass` at the beginning of `tail` is a word of its own, or begins another word for a password.
fn is_password_word(head: &[u8], tail: &[u8]) -> bool {
    let rest = slice(tail, 4, tail.len());
    let lower = slice(rest, 0, 6).to_ascii_lowercase();
    let longer =
        ["word", "wd", "phrase", "code"].iter().any(|end| lower.starts_with(end.as_bytes()));
    let ended = match (tail.get(3), rest.first()) {
        (_, None) => true,
        (Some(last), Some(next)) => {
            !next.is_ascii_alphabetic() || (last.is_ascii_lowercase() && next.is_ascii_uppercase())
        }
        _ => false,
    };
    if longer {
        return true;
    }
    let letters = head.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = slice(head, head.len() - letters, head.len());
    let camel = tail.first() == Some(&b'P') && word.last().is_some_and(u8::is_ascii_lowercase);
    let known = PASS.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    ended && (letters == 0 || camel || known)
}

/// Returns whether a name is that of a password. People make passwords up, so passwords look less random.
pub(super) fn is_password(tail: &[u8]) -> bool {
    let start = slice(tail, 0, 4).to_ascii_lowercase();
    [&b"pass"[..], b"pwd", b"_pw", b"pswd"].iter().any(|word| start.starts_with(word))
}

/// Returns whether a name is that of a cipher's key. Keys of tables and caches and keys in examples have such names
/// too.
pub(super) fn is_cipher_key(tail: &[u8]) -> bool {
    let start = slice(tail, 0, 10).to_ascii_lowercase();
    CIPHERS.iter().any(|word| start.starts_with(word.as_bytes()))
}

const CIPHERS: &[&str] = &["aes", "cipher", "decryption", "des", "mac"];

/// Returns whether the last word of a name says that its value is something about a secret, and not the secret.
pub(super) fn says_no_secret(name: &[u8]) -> bool {
    let name: String = String::from_utf8_lossy(name).into_owned();
    let last = last_word(&name).to_ascii_lowercase();
    name.len() > last.len() && NOT_SECRETS.contains(&last.as_str())
}

/// Returns the last word of a name in snake, kebab, dotted or camel case.
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

/// The words before the keyword in names of values that are no secret: public keys, and keys of tables.
const PUBLIC: &[&str] = &[
    "public",
    "publickey",
    "public_key",
    "pub",
    "publishable",
    "csrf",
    "authenticity",
    "xsrf",
    "cancellation",
    "cancel",
    "site",
    "anon",
    "verify",
    "verifying",
    "verification",
    "host",
    "peer",
    "primary",
    "foreign",
    "cache",
    "sort",
    "partition",
    "object",
    "idempotency",
    "lookup",
    "index",
    "unique",
    "hash",
    "range",
    "routing",
    "content",
    "sitemap",
    "translation",
    "change",
    "next",
    "page",
    "starting",
    "continuation",
    "pagination",
];

/// The words before the keyword in names of secrets and passwords that are encrypted or hashed.
const CLOSED: &[&str] = &["encrypted", "sealed", "hash", "hashed"];

/// Returns whether the beginning of a name says that its value is no secret. Before a password the words in [`PUBLIC`]
/// don't count: the value of `verifyPassword` is a secret.
pub(super) fn says_public(head: &[u8], tail: &[u8]) -> bool {
    let head = head.to_ascii_lowercase();
    let head = head.strip_suffix(b"_").or(head.strip_suffix(b"-")).unwrap_or(&head);
    let ends = |words: &[&str]| words.iter().any(|word| head.ends_with(word.as_bytes()));
    ends(CLOSED) || (ends(PUBLIC) && !is_password(tail))
}

/// Returns whether the line before a value mentions a hash, a commit, an ARN, or the URL of a badge, which anybody may
/// load.
pub(super) fn says_harmless(line: &[u8]) -> bool {
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
        b"arn:",
        b"badge.svg?",
    ]
    .iter()
    .any(|word| memchr::memmem::find(&line, word).is_some())
}
