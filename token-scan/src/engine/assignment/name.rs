//! Says what a name tells about its value.

use crate::text::slice;

/// The last words of names whose value is something about a secret, and not the secret; by what it is instead.
const NOT_SECRETS: &[&[&str]] = &[
    // Where the secret is.
    &[
        "file",
        "path",
        "dir",
        "url",
        "uri",
        "endpoint",
        "host",
        "location",
        "address",
        "ref",
        "arn",
        "source",
        "store",
        "provider",
        "manager",
        "issuer",
        "audience",
        "image",
        "stream",
        "env",
        "var",
        "variable",
        "parameter",
        "param",
        "header",
        "input",
        "config",
        "metadata",
    ],
    // What it is called, and what people read about it.
    &[
        "uuid",
        "guid",
        "mint",
        "name",
        "id",
        "label",
        "title",
        "hint",
        "placeholder",
        "description",
        "help",
        "message",
        "error",
        "template",
    ],
    // Of which sort it is, and which form it has.
    &[
        "type",
        "kind",
        "class",
        "format",
        "mode",
        "algorithm",
        "alg",
        "version",
        "prefix",
        "suffix",
        "regex",
        "pattern",
        "policy",
        "scope",
        "scopes",
        "attributes",
        "field",
        "contract",
    ],
    // How long it is, how long it lives, how many there are.
    &[
        "length", "len", "size", "bytes", "count", "limit", "number", "index", "ttl", "expiry",
        "expires", "rotation",
    ],
    // What was computed from it, or is its public half.
    &[
        "hash",
        "hashed",
        "hashes",
        "digest",
        "sha",
        "sha2",
        "sha256",
        "checksum",
        "integrity",
        "fingerprint",
        "verifier",
        "eight",
        "public",
        "pub",
    ],
    // A token of a language, and what version control keeps.
    &["span", "symbol", "tree", "commit", "revision", "rev"],
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
    name.len() > last.len() && NOT_SECRETS.iter().any(|words| words.contains(&last.as_str()))
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

/// The words before the keyword in names of values that anybody may know.
const PUBLIC: &[&str] = &["public", "publickey", "pub", "publishable", "anon"];

/// The words before `token` in names of tokens that give access to nothing: they protect a form, continue a list, cancel
/// what runs, or are the name of a key.
const HARMLESS_TOKENS: &[&str] = &[
    "csrf",
    "xsrf",
    "csrfmiddleware",
    "authenticity",
    "requestverification",
    "cancellation",
    "cancel",
    "next",
    "nextpage",
    "page",
    "paging",
    "continuation",
    "pagination",
    "starting",
    "change",
    "sync",
    "idempotency",
    "lookup",
];

/// The words before the keyword in names of secrets and passwords that are encrypted or hashed.
const CLOSED: &[&str] = &["encrypted", "sealed", "hashed"];

/// Returns whether the beginning of a name says that its value is no secret. Before a password the words in [`PUBLIC`]
/// don't count: a page may have a password that opens its public part.
pub(super) fn says_public(head: &[u8], tail: &[u8]) -> bool {
    let ends = |words: &[&str]| words.iter().any(|word| ends_in_words(head, word));
    let is_token = slice(tail, 0, 5).eq_ignore_ascii_case(b"token");
    let is_closed = CLOSED.iter().any(|word| has_word(head, word)) || ends_in_words(head, "hash");
    is_closed || (ends(PUBLIC) && !is_password(tail)) || (is_token && ends(HARMLESS_TOKENS))
}

/// Returns whether one of the words of a name is `wanted`.
fn has_word(name: &[u8], wanted: &str) -> bool {
    let ends = |end: usize| ends_in_words(slice(name, 0, end), wanted);
    let is_end = |end: usize| match (name.get(end - 1), name.get(end)) {
        (Some(last), Some(next)) => {
            !next.is_ascii_alphabetic() || (last.is_ascii_lowercase() && next.is_ascii_uppercase())
        }
        _ => true,
    };
    (1..=name.len()).any(|end| is_end(end) && ends(end))
}

/// Returns whether the last words of a name, written together, are `wanted`. The `page` in `STATUSPAGE` is no word of its
/// own, the one in `nextPage` is.
fn ends_in_words(name: &[u8], wanted: &str) -> bool {
    let (mut matched, mut left) = (name, wanted.as_bytes());
    while let Some((last, rest)) = left.split_last() {
        matched = trimmed(matched);
        let Some((byte, before)) = matched.split_last() else { return false };
        if byte.to_ascii_lowercase() != *last {
            return false;
        }
        (matched, left) = (before, rest);
    }
    let first = slice(name, matched.len(), matched.len() + 1);
    match (matched.last(), first.first()) {
        (Some(before), Some(first)) => {
            !before.is_ascii_alphanumeric()
                || (before.is_ascii_lowercase() && first.is_ascii_uppercase())
        }
        _ => true,
    }
}

fn trimmed(name: &[u8]) -> &[u8] {
    let signs = name.iter().rev().take_while(|byte| b"_-.".contains(byte)).count();
    slice(name, 0, name.len() - signs)
}

/// The words that say that the hexadecimal digits in their line are a hash, and how many digits it has; any number if it
/// depends on the hash.
const HASHES: &[(&str, &[usize])] = &[
    ("sha256", &[64]),
    ("sha512", &[128]),
    ("sha1", &[40]),
    ("commit", &[40, 64]),
    ("checksum", &[32, 40, 56, 64, 96, 128]),
    ("integrity", &[32, 40, 56, 64, 96, 128]),
    ("digest", &[32, 40, 56, 64, 96, 128]),
    ("fingerprint", &[32, 40, 56, 64, 96, 128]),
];

/// Returns whether the line before a name says what its value is: a hash, whose length the value must have; a part of an
/// ARN, or of the URL of a badge, which anybody may load; or an argument of a digest's challenge (RFC 7616).
pub(super) fn says_harmless(line: &[u8], value: &[u8]) -> bool {
    let line = line.to_ascii_lowercase();
    let says = |text: &[u8], word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    let is_hex = value.iter().all(u8::is_ascii_hexdigit);
    let hash =
        |(word, digits): &(&str, &[usize])| digits.contains(&value.len()) && says(&line, word);
    let joined = line.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    (is_hex && HASHES.iter().any(hash))
        || ["arn:", "badge.svg?"].iter().any(|word| says(joined, word))
        || says(&line, "data-cf-beacon")
}
