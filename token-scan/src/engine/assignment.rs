//! Values that are assigned to the name of a secret, whoever issued them.

mod name;
mod syntax;

use self::name::{is_other_word, says_hash, says_no_secret, says_public};
use self::syntax::{NAME, run, unquoted, value};
use crate::judge;

use crate::rule::Rule;

use crate::text::slice;

/// The longest value.
const VALUE: usize = 512;

/// The shortest value.
const LEAST: usize = 8;

/// The shortest without quotes.
const BARE_LEAST: usize = 12;

/// A value that is assigned to the name around `at`.
pub(super) fn find(
    rule: &Rule,
    checked: &[String],
    bytes: &[u8],
    at: usize,
) -> Option<(usize, usize)> {
    let name_end = at + run(slice(bytes, at, at + NAME), is_name_byte);
    let name = slice(bytes, at, name_end);
    if is_other_word(name)
        || says_no_secret(name)
        || says_public(slice(bytes, at.saturating_sub(16), at))
    {
        return None;
    }
    let (value_start, quote) = value(bytes, name_end)?;
    let rest = slice(bytes, value_start, value_start + VALUE);
    let length = match quote {
        Some(quote) => memchr::memchr3(quote, b'\n', b'\\', rest).unwrap_or(rest.len()),
        None => unquoted(rest)?,
    };
    let token = slice(rest, 0, length).trim_ascii();
    let line = line_before(bytes, at);
    let ours = is_secret(rule, token, quote.is_some()) && !begins_with_any(token, checked);
    (ours && !says_hash(line)).then_some((value_start, value_start + token.len()))
}

fn is_secret(rule: &Rule, value: &[u8], quoted: bool) -> bool {
    let least = if quoted { LEAST } else { BARE_LEAST };
    if value.len() < least || value.len() >= VALUE || !value.iter().all(u8::is_ascii_graphic) {
        return false;
    }
    let refused = judge::is_placeholder(value)
        || judge::is_template(value)
        || judge::is_uuid(value)
        || judge::is_location(value)
        || judge::is_name(value)
        || is_code(value, quoted)
        || is_labelled_hash(value)
        || judge::is_percent_encoded(value);
    !refused && is_random(rule, value)
}

/// Whether the characters look drawn by chance: digits and letters in disorder.
fn is_random(rule: &Rule, value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let (unrest, entropy) = (judge::unrest(value), judge::entropy(value));
    if digits == 0 {
        return letters >= 16 && unrest > 0.3 && entropy >= 3.5;
    }
    // Of few characters, or of few kinds, chance makes less entropy.
    let (least, restless) = match value.len() {
        _ if value.iter().all(u8::is_ascii_hexdigit) => (rule.entropy - 0.4, 0.25),
        0..12 => (rule.entropy - 0.5, 0.4),
        12..16 => (rule.entropy - 0.2, 0.3),
        _ => (rule.entropy, 0.25),
    };
    // A date has letters too, but few.
    letters * 6 >= value.len() && entropy >= least && unrest >= restless
}

/// An expression rather than a value.
fn is_code(value: &[u8], quoted: bool) -> bool {
    let has = |wanted: &[u8]| value.iter().any(|byte| wanted.contains(byte));
    if quoted {
        return value.starts_with(b"{") || (has(b"(") && has(b")"));
    }
    value.starts_with(b"0x")
        || has(b"()[]{}<>*!?")
        || memchr::memmem::find(value, b"::").is_some()
        || value.contains(&b'.')
}

/// `sha256-...`, `sha512:...`, `$2b$...`: hashes that say so.
fn is_labelled_hash(value: &[u8]) -> bool {
    let lower = slice(value, 0, 8).to_ascii_lowercase();
    [
        &b"sha1"[..],
        b"sha2",
        b"sha3",
        b"sha5",
        b"md5",
        b"blake",
        b"$2",
        b"$argon",
        b"pbkdf2",
        b"h1:",
        b"{ssha",
    ]
    .iter()
    .any(|label| lower.starts_with(label))
}

fn begins_with_any(value: &[u8], beginnings: &[String]) -> bool {
    beginnings.iter().any(|beginning| value.starts_with(beginning.as_bytes()))
}

/// The line up to `at`, at most its last 80 bytes.
fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let before = slice(bytes, at.saturating_sub(80), at);
    let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    slice(before, start, before.len())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
