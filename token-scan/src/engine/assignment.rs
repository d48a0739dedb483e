//! Values that are assigned to the name of a secret, whoever issued them.

mod name;
mod syntax;
mod value;

use self::name::{is_other_word, is_password, says_hash, says_no_secret, says_public};
use self::syntax::{NAME, line_before, run, unquoted};
use self::value::{About, LONGEST, is_secret};
use crate::rule::Rule;
use crate::text::slice;

/// A value that is assigned to the name around `at`.
pub(super) fn find(
    rule: &Rule,
    checked: &[String],
    bytes: &[u8],
    at: usize,
) -> Option<(usize, usize)> {
    let before = slice(bytes, at.saturating_sub(NAME), at);
    let start = at - before.iter().rev().take_while(|byte| is_name_byte(**byte)).count();
    let end = at + run(slice(bytes, at, at + NAME), is_name_byte);
    let (head, tail) = (slice(bytes, start, at), slice(bytes, at, end));
    if is_other_word(head, tail) || says_no_secret(tail) || says_public(head) {
        return None;
    }
    let place = syntax::value(bytes, start..end)?;
    let rest = slice(bytes, place.start, place.start + LONGEST);
    let length = match place.quote {
        Some(quote) => memchr::memchr3(quote, b'\n', b'\\', rest).unwrap_or(rest.len()),
        None => unquoted(rest)?,
    };
    let token = slice(rest, 0, length).trim_ascii();
    let about = About {
        entropy: rule.entropy,
        quoted: place.quote.is_some(),
        password: is_password(tail),
    };
    let ours = is_secret(token, about) && !begins_with_any(token, checked);
    let hashes = says_hash(line_before(bytes, at));
    (ours && !hashes).then_some((place.start, place.start + token.len()))
}

fn begins_with_any(value: &[u8], beginnings: &[String]) -> bool {
    beginnings.iter().any(|beginning| value.starts_with(beginning.as_bytes()))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
