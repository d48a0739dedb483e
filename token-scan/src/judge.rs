//! Recognizes values that are no tokens: placeholders, examples, hashes, paths, templates.

mod chance;
mod password;
mod words;

pub(crate) use self::chance::is_drawn;
pub(crate) use self::password::{is_made_up, is_word_with_number};
pub(crate) use self::words::{is_identifier, is_location, is_name, is_scrambled, is_snake};
use crate::text::slice;

/// Returns the Shannon entropy of a text, in bits per byte.
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

/// The words that show that a value is no token. Each is too long to occur in a token by chance.
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

/// The beginnings and parts of templates and other values that are not literal.
const TEMPLATES: &[&str] = &[
    "${", "{{", "}}", "#{", "%(", "<%", "$(", "%{", "[[", "...", "***", "…", "{0}", "%s", "@@",
    "ENC[", "ENC(", "{cipher}",
];

/// Returns whether a value stands for a token instead of being one.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    contains_any(&lower, WORDS)
        || has_run(&lower)
        || has_sequence(&lower)
        || is_repetition(&lower)
        || is_sample(&lower)
        || is_known(value)
}

/// The words that sample values consist of.
const SAMPLES: &[&str] = &[
    "secret", "password", "passwort", "passwd", "pass", "token", "test", "testing", "fake",
    "dummy", "super", "very", "strong", "my", "the", "api", "key", "access", "user", "admin",
    "word", "pwd", "not", "a", "new", "old", "some", "wrong",
];

/// Returns whether a value consists of nothing but words for samples, also where digits and signs stand for letters, as
/// in `s3cr3t-p@ssw0rd`, and perhaps a number at the end. The value must be in small letters.
fn is_sample(lower: &[u8]) -> bool {
    let letter = |byte: &u8| match byte {
        b'3' => Some(b'e'),
        b'0' => Some(b'o'),
        b'1' | b'!' => Some(b'i'),
        b'4' | b'@' => Some(b'a'),
        b'5' | b'$' => Some(b's'),
        b'7' => Some(b't'),
        b'a'..=b'z' => Some(*byte),
        _ => None,
    };
    let is_end = |byte: &&u8| byte.is_ascii_digit() || **byte == b'!';
    let end = lower.iter().rev().take_while(is_end).count();
    [lower.len() - end, lower.len()].into_iter().any(|end| {
        let letters: Vec<u8> = slice(lower, 0, end).iter().filter_map(letter).collect();
        letters.len() >= 6 && letters.len() * 4 >= end * 3 && is_made_of(&letters, SAMPLES)
    })
}

/// Returns whether a text can be cut into some of the words.
fn is_made_of(text: &[u8], words: &[&str]) -> bool {
    // For each place, whether the text before it can be cut.
    let mut cut = vec![false; text.len() + 1];
    if let Some(start) = cut.first_mut() {
        *start = true;
    }
    for at in 0..text.len() {
        if cut.get(at) != Some(&true) {
            continue;
        }
        let rest = slice(text, at, text.len());
        for word in words.iter().filter(|word| rest.starts_with(word.as_bytes())) {
            if let Some(end) = cut.get_mut(at + word.len()) {
                *end = true;
            }
        }
    }
    cut.last() == Some(&true)
}

/// Returns whether a value has parts that a program fills in.
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

/// Returns whether a text has five or more of the same character in a row.
fn has_run(text: &[u8]) -> bool {
    text.windows(5).any(|five| match five {
        [first, rest @ ..] => rest.iter().all(|byte| byte == first),
        [] => false,
    })
}

/// Returns whether a text has seven or more characters in a row of which each is the successor of the one before, such
/// as `abcdefg` or `1234567`.
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

/// Returns whether the value is a short piece that is repeated.
fn is_repetition(text: &[u8]) -> bool {
    (1..=text.len() / 3)
        .any(|unit| unit <= 16 && text.iter().zip(text.iter().skip(unit)).all(|(a, b)| a == b))
}

/// Returns whether the value is from a specification or documentation. Such values are stored as the first eight bytes
/// of their SHA-256, since written out they would be findings.
pub(crate) fn is_known(value: &[u8]) -> bool {
    let digest = hmac_sha256::Hash::hash(value);
    let name: String = slice(&digest, 0, 8).iter().map(|byte| format!("{byte:02x}")).collect();
    KNOWN.lines().any(|line| line.starts_with(&name))
}

const KNOWN: &str = include_str!("rules/known_values.txt");

/// Returns whether the value is percent-encoded text. A token has at most one percent-encoded character.
pub(crate) fn is_percent_encoded(value: &[u8]) -> bool {
    percents(value) > 1
}

/// Returns whether the value has a percent-encoded character.
pub(crate) fn has_percent(value: &[u8]) -> bool {
    percents(value) > 0
}

fn percents(value: &[u8]) -> usize {
    let encodes = |three: &&[u8]| matches!(three, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    value.windows(3).filter(encodes).count()
}

/// Returns whether the value is a UUID, with or without braces, or words and then a UUID.
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

/// The words in passwords that protect nothing.
const WEAK: &[&str] = &[
    "pass", "p@ss", "secret", "s3cret", "test", "demo", "default", "admin", "guest", "temp",
    "letmein", "welcome", "abc", "user", "login", "token", "field", "input", "label", "min", "max",
];

/// Returns whether a value contains one of the words in [`WEAK`].
pub(crate) fn is_weak(value: &[u8]) -> bool {
    contains_any(&value.to_ascii_lowercase(), WEAK)
}

/// Returns how often the class of characters changes, per pair of neighbours. Random base62 is near 0.5, names are
/// below 0.2.
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
