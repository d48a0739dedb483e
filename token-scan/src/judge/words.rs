//! Recognizes what people write without spaces: names, paths and identifiers.

use crate::text::slice;

/// Returns whether a value is a path, a URL, a host, a file name, a version or a MIME type.
pub(crate) fn is_location(value: &[u8]) -> bool {
    let known = [&b"./"[..], b"arn:", b"urn:"].iter().any(|start| value.starts_with(start));
    if known || memchr::memmem::find(value, b"://").is_some() {
        return true;
    }
    if is_address(value) || is_file(value) {
        return true;
    }
    // The path may have an anchor: `configuration.md#anchor`
    if let Some(at) = memchr::memchr(b'#', value).filter(|at| *at >= 6)
        && is_anchor(slice(value, at + 1, value.len()))
        && is_location(slice(value, 0, at))
    {
        return true;
    }
    let rooted = value.starts_with(b"/") || value.starts_with(b"~/");
    if rooted && value.len() < 40 {
        return true;
    }
    let separators = value.iter().filter(|byte| matches!(byte, b'/' | b'\\' | b'.' | b':')).count();
    separators > 0 && are_words(value)
}

/// Returns whether a value is the path of something on a host, such as `k8s.io/api/core/v1`: a name of a host in small
/// letters, and names behind it.
fn is_address(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'/');
    let host = parts.next().unwrap_or_default();
    let labels = host.split(|byte| *byte == b'.');
    let top = host.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let is_label = |label: &[u8]| {
        !label.is_empty()
            && label.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    };
    let is_part = |part: &[u8]| {
        (1..30).contains(&part.len())
            && part.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
    };
    let is_host = labels.clone().count() > 1
        && labels.clone().all(is_label)
        && top.len() >= 2
        && top.iter().all(u8::is_ascii_lowercase);
    is_host && value.contains(&b'/') && parts.all(is_part)
}

/// The ends of the names of files that hold keys and settings. Only a few are needed: those that stand under the name of
/// a secret.
const ENDS: &[&str] = &[
    "pem",
    "key",
    "crt",
    "cer",
    "der",
    "csr",
    "p8",
    "p12",
    "pfx",
    "jks",
    "asc",
    "gpg",
    "pub",
    "enc",
    "yml",
    "yaml",
    "json",
    "xml",
    "toml",
    "ini",
    "conf",
    "cfg",
    "properties",
    "env",
    "txt",
    "sh",
    "py",
    "rb",
    "js",
    "ts",
    "php",
    "html",
    "md",
    "sql",
    "vault",
];

/// Returns whether a value is the name of a file.
fn is_file(value: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', value) else { return false };
    let end = slice(value, dot + 1, value.len());
    dot >= 2
        && ENDS.iter().any(|known| known.as_bytes() == end)
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_./\\".contains(byte))
}

/// Returns whether a text is an anchor, the link to a heading: words with hyphens between them.
fn is_anchor(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_alphabetic)
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
}

/// Returns whether a text consists of words that people write, or at least three of four of its characters stand in
/// such words.
fn are_words(value: &[u8]) -> bool {
    let (mut all, mut in_words) = (0, 0);
    for word in words(value) {
        all += word.len();
        in_words += if word.len() > 2 && is_wordlike(word) { word.len() } else { 0 };
    }
    words(value).all(is_wordlike) || in_words * 4 >= all * 3
}

/// Yields the parts of a value between its separators.
fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// Returns whether a text reads as a name that people write: words in `snake_case`, `kebab-case` or `camelCase`, with
/// few digits.
pub(crate) fn is_name(value: &[u8]) -> bool {
    words(value).all(is_wordlike)
}

/// Returns whether a text is an identifier with numbers in it, such as `Ed25519SigningKey` or
/// `crypto_salsa208sha256_verify`: words that are joined by signs or capitals, with few digits between them.
pub(crate) fn is_identifier(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let joins = value.windows(2).filter(|pair| joins_words(pair)).count();
    let plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte));
    let mut parts = value.split(|byte| !byte.is_ascii_alphabetic()).filter(|part| !part.is_empty());
    plain
        && joins > 0
        && digits * 3 <= value.len()
        && parts.clone().count() * 5 <= letters
        && parts.all(|part| part.len() < 3 || (is_wordlike(part) && !is_scrambled(part, 6)))
}

/// Returns whether a value has letters of one case with `_` or `-` between them, as names such as `offset_dt` have.
pub(crate) fn is_snake(value: &[u8]) -> bool {
    let all = |wanted: fn(&u8) -> bool| value.iter().all(|b| wanted(b) || b"_-".contains(b));
    let joined = value.iter().any(|byte| b"_-".contains(byte));
    joined && (all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase))
}

/// Returns whether one word ends and another begins between these two bytes.
fn joins_words(pair: &[u8]) -> bool {
    match pair {
        [a, b'_' | b'-' | b'.'] => a.is_ascii_alphanumeric(),
        [a, b] => a.is_ascii_lowercase() && b.is_ascii_uppercase(),
        _ => false,
    }
}

/// Returns whether a part looks like a word: letters of one case, with a capital where a word begins and few digits at
/// the end. A part that is only a number counts too.
fn is_wordlike(word: &[u8]) -> bool {
    let letters = word.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
    let digits = word.len() - letters;
    if letters == 0 {
        return digits < 12;
    }
    let word = slice(word, 0, letters);
    let changes = word.windows(2).filter(|pair| changes_class(pair)).count();
    let capitals = word.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let cased = capitals == letters || capitals * 3 <= letters;
    cased
        && digits <= 4
        && !is_scrambled(word, 7)
        && changes * 5 <= letters + 4
        && !word.iter().any(u8::is_ascii_digit)
}

/// Returns whether the class of characters changes between these two: digit to letter, letter to digit, or small to
/// capital.
fn changes_class(pair: &[u8]) -> bool {
    let [a, b] = pair else { return false };
    a.is_ascii_digit() != b.is_ascii_digit() || (a.is_ascii_lowercase() && b.is_ascii_uppercase())
}

/// Returns whether a value has at least `consonants` letters in a row without a vowel, as no word has.
pub(crate) fn is_scrambled(value: &[u8], consonants: usize) -> bool {
    let is_consonant = |byte: &u8| byte.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(byte);
    value.split(|byte| !is_consonant(byte)).any(|run| run.len() >= consonants)
}
