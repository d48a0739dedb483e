//! What a token is not: a placeholder, an example, a hash, a path, a template.

use crate::text::slice;

/// The Shannon entropy of a text, in bits per byte.
pub(crate) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = text.len() as f64;
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total);
    shares.map(|share| -share * share.log2()).sum()
}

/// Words that say "this is no token". Each so long that chance doesn't write it into a token.
const WORDS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "redacted",
    "dummy",
    "sample",
    "your-",
    "your_",
    "yourtoken",
    "yourkey",
    "yoursecret",
    "insert",
    "replace",
    "foobar",
    "lorem",
    "notreal",
    "not-real",
    "not_real",
    "invalid",
    "notatoken",
    "notasecret",
    "fixme",
    "deadbeef",
    "qwerty",
    "secrethere",
    "tokenhere",
    "keyhere",
    "goes-here",
    "goes_here",
    "goeshere",
    "fake_",
    "fake-",
    "mysecret",
    "my-secret",
    "my_secret",
    "mytoken",
    "my-token",
    "my_token",
    "supersecret",
    "super-secret",
    "super_secret",
    "hunter2",
    "hidden",
    "snipped",
    "truncated",
    "p4ssw",
    "passw0rd",
    "pa55w",
];

/// Beginnings and parts of templates and of what is no literal value.
const TEMPLATES: &[&str] =
    &["${", "{{", "}}", "#{", "%(", "<%", "$(", "%{", "[[", "...", "***", "…", "{0}", "%s", "@@"];

/// Whether a value stands for a token instead of being one.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    contains_any(&lower, WORDS)
        || has_run(&lower)
        || has_sequence(&lower)
        || is_repetition(&lower)
        || is_known(value)
}

/// Whether a value has parts that something else fills in.
pub(crate) fn is_template(value: &[u8]) -> bool {
    contains_any(value, TEMPLATES)
        || (value.first() == Some(&b'<') && value.last() == Some(&b'>'))
        || (value.first() == Some(&b'{') && value.last() == Some(&b'}'))
        || (value.first() == Some(&b'%') && value.last() == Some(&b'%'))
        || value.first() == Some(&b'$')
}

fn contains_any(text: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Five or more of the same character.
fn has_run(text: &[u8]) -> bool {
    text.windows(5).any(|five| match five {
        [first, rest @ ..] => rest.iter().all(|byte| byte == first),
        [] => false,
    })
}

/// Seven or more characters of which each is the one after the last, such as `abcdefg` or `1234567`.
fn has_sequence(text: &[u8]) -> bool {
    let mut length = 1;
    for pair in text.windows(2) {
        let [a, b] = pair else { continue };
        let next = matches!((a, b), (b'9', b'0' | b'a') | (b'z', b'a' | b'0'));
        let follows = a.is_ascii_alphanumeric() && (*b == a.wrapping_add(1) || next);
        length = if follows { length + 1 } else { 1 };
        if length >= 7 {
            return true;
        }
    }
    false
}

/// Whether the value is a short piece, again and again.
fn is_repetition(text: &[u8]) -> bool {
    (1..=text.len() / 3)
        .any(|unit| unit <= 16 && text.iter().zip(text.iter().skip(unit)).all(|(a, b)| a == b))
}

/// Values from specifications and documentations, as the first eight bytes of their SHA-256: written out, they would be
/// findings.
pub(crate) fn is_known(value: &[u8]) -> bool {
    let digest = hmac_sha256::Hash::hash(value);
    let name: String = slice(&digest, 0, 8).iter().map(|byte| format!("{byte:02x}")).collect();
    KNOWN.lines().any(|line| line.starts_with(&name))
}

const KNOWN: &str = include_str!("rules/known_values.txt");

/// Text that is percent-encoded. A token needs it at most once.
pub(crate) fn is_percent_encoded(value: &[u8]) -> bool {
    value.iter().filter(|byte| **byte == b'%').count() > 1
}

/// A UUID, with or without braces, or words and then one.
pub(crate) fn is_uuid(value: &[u8]) -> bool {
    if let Some((head, tail @ [first, ..])) =
        value.len().checked_sub(37).map(|at| value.split_at(at))
        && matches!(first, b'-' | b'_' | b':' | b'.')
        && is_name(head)
    {
        return is_uuid(slice(tail, 1, tail.len()));
    }
    let value = value.strip_prefix(b"{").unwrap_or(value);
    let value = value.strip_suffix(b"}").unwrap_or(value);
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A path, a URL, a host, a file name, a version or a MIME type.
pub(crate) fn is_location(value: &[u8]) -> bool {
    let known = [&b"./"[..], b"arn:", b"urn:"].iter().any(|start| value.starts_with(start));
    if known || memchr::memmem::find(value, b"://").is_some() {
        return true;
    }
    let rooted = value.starts_with(b"/") || value.starts_with(b"~/");
    if rooted && value.len() < 40 {
        return true;
    }
    let separators = value.iter().filter(|byte| matches!(byte, b'/' | b'\\' | b'.' | b':')).count();
    separators > 0 && are_words(value)
}

/// Whether three of four characters of a text stand in words that people write.
fn are_words(value: &[u8]) -> bool {
    let (mut all, mut in_words) = (0, 0);
    for word in words(value) {
        all += word.len();
        in_words += if word.len() > 2 && is_wordlike(word) { word.len() } else { 0 };
    }
    words(value).all(is_wordlike) || in_words * 4 >= all * 3
}

/// The parts of a value between its separators.
fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether a text reads as a name that people write: words in `snake_case`, `kebab-case` or `camelCase`, with few digits.
pub(crate) fn is_name(value: &[u8]) -> bool {
    words(value).all(is_wordlike)
}

/// Whether a text is an identifier with numbers in it, such as `Ed25519SigningKey` or `crypto_salsa208sha256_verify`: words
/// that are joined by signs or capitals, and few digits between them.
pub(crate) fn is_identifier(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let joins = value.windows(2).filter(|pair| joins_words(pair)).count();
    let plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte));
    let mut parts = value.split(|byte| !byte.is_ascii_alphabetic()).filter(|part| !part.is_empty());
    plain
        && joins > 0
        && digits * 3 <= value.len()
        && parts.clone().count() * 4 <= value.len()
        && parts.all(|part| part.len() < 3 || is_wordlike(part))
}

/// Whether one word ends and another begins here.
fn joins_words(pair: &[u8]) -> bool {
    match pair {
        [a, b'_' | b'-' | b'.'] => a.is_ascii_alphanumeric(),
        [a, b] => a.is_ascii_lowercase() && b.is_ascii_uppercase(),
        _ => false,
    }
}

/// Words of which a value that protects nothing is made.
const WEAK: &[&str] = &[
    "pass", "p@ss", "secret", "s3cret", "test", "demo", "default", "admin", "guest", "temp",
    "letmein", "welcome", "abc", "user", "login", "token", "field", "input", "label", "min", "max",
];

/// Whether a value has a word in it of which passwords are made that protect nothing.
pub(crate) fn is_weak(value: &[u8]) -> bool {
    contains_any(&value.to_ascii_lowercase(), WEAK)
}

/// Letters of one case, with a capital where a word begins and few digits at the end; or a number.
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

/// Where a word of mixed characters changes its class: digit to letter, letter to digit, small to capital.
fn changes_class(pair: &[u8]) -> bool {
    let [a, b] = pair else { return false };
    a.is_ascii_digit() != b.is_ascii_digit() || (a.is_ascii_lowercase() && b.is_ascii_uppercase())
}

/// Whether letters follow each other as in no word: so many without a vowel between them.
pub(crate) fn is_scrambled(value: &[u8], consonants: usize) -> bool {
    let is_consonant = |byte: &u8| byte.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(byte);
    value.split(|byte| !is_consonant(byte)).any(|run| run.len() >= consonants)
}

/// How often the class of characters changes, per pair of neighbours. Random base62 is near 0.5, names are below 0.2.
pub(crate) fn unrest(value: &[u8]) -> f64 {
    let class = |byte: &u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let pairs = value.windows(2);
    let count = pairs.len().max(1) as f64;
    let changes = pairs.filter(|pair| match pair {
        [a, b] => class(a) != class(b),
        _ => false,
    });
    changes.count() as f64 / count
}
