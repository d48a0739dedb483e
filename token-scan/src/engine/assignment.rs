//! Finds values that are assigned to the name of a secret, whatever service they are for.

mod apart;
mod manifest;
mod name;
mod syntax;
mod value;

use std::ops::Range;

use self::name::{
    is_cipher_key, is_other_word, is_password, says_harmless, says_no_secret, says_public,
};
use self::syntax::{NAME, Place, assigned, default_of, line_before, run, unquoted};
use self::value::{About, LONGEST, is_long, is_secret};
use crate::checksum::from_base64;
use crate::rule::Rule;
use crate::text::slice;

/// Returns the range of the value that is assigned to the name around `at`, or `None` if there is no value or it
/// doesn't look like a secret.
pub(super) fn find(
    rule: &Rule,
    checked: &[String],
    bytes: &[u8],
    at: usize,
) -> Option<(usize, usize)> {
    let name = name_around(bytes, at);
    let (head, tail) = (slice(bytes, name.start, at), slice(bytes, at, name.end));
    if rule.least > 0 && !begins_word(bytes, at) {
        return None;
    }
    if is_other_word(head, tail) || says_no_secret(tail) || says_public(head, tail) {
        return None;
    }
    // `PASS: dir/case-1b` is the output of a test, and `AWS::AppSync::ApiKey` is a type. If the name has a dot, it is a
    // setting of that type and may be a secret.
    let is_type = slice(bytes, name.start.saturating_sub(2), name.start) == b"::"
        && !slice(bytes, name.start, name.end).contains(&b'.');
    if is_type || slice(bytes, name.start, name.end + 1) == b"PASS:" {
        return None;
    }
    // `credentials('id')` loads the secret from a store.
    if tail.starts_with(b"credentials") && bytes.get(name.end) == Some(&b'(') {
        return None;
    }
    let place = value_of(bytes, name.clone())?;
    let place = default_of(bytes, place);
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
        listed: is_listed(slice(bytes, name.end, place.start)),
    };
    let decoded = if manifest::is_secret(bytes, name.start) { from_base64(token) } else { None };
    let encoded =
        decoded.is_some_and(|decoded| is_secret(&decoded, About { quoted: true, ..about }));
    let ours = (is_secret(token, about) || encoded)
        && token.len() >= rule.least
        && !begins_with_any(token, checked)
        && (!is_cipher_key(tail) || is_long(token));
    let harmless = says_harmless(line_before(bytes, name.start), token);
    (ours && !harmless).then_some((place.start, place.start + token.len()))
}

/// Returns whether a word begins at `at`: the `okta` in `bookTable` and in `bookta` is in the middle of one.
pub(super) fn begins_word(bytes: &[u8], at: usize) -> bool {
    let (before, first) = (slice(bytes, at.saturating_sub(1), at), slice(bytes, at, at + 1));
    match (before, first) {
        ([before], [first]) => {
            !before.is_ascii_alphabetic()
                || (before.is_ascii_lowercase() && first.is_ascii_uppercase())
        }
        _ => true,
    }
}

/// Returns whether a value is only the next item after its name in a list, such as an argument: `getattr(pwd,
/// "getpwuid")`.
fn is_listed(between: &[u8]) -> bool {
    between.contains(&b',') && !between.iter().any(|byte| b"=:".contains(byte))
}

/// Returns where the value of the name around `at` begins, or `None` if the name has no value.
pub(super) fn place(bytes: &[u8], at: usize) -> Option<usize> {
    value_of(bytes, name_around(bytes, at)).map(|place| place.start)
}

/// Returns where the value of a name begins, or `None` if the name has no value.
fn value_of(bytes: &[u8], name: Range<usize>) -> Option<Place> {
    let closers = run(slice(bytes, name.end, name.end + 4), |byte| {
        matches!(byte, b'"' | b'\'' | b'`' | b'[' | b']' | b')' | b'\\' | b'*')
    });
    let end = name.end + closers;
    // The name may be a value itself: `{"key": "NAME", "value": "..."}`
    let list = bytes.get(end) == Some(&b',');
    if list && apart::is_hashed(bytes, &name) {
        return None;
    }
    let pair = if list { apart::listed(bytes, end) } else { None };
    pair.or_else(|| assigned(bytes, end)).or_else(|| apart::value(bytes, name, end))
}

fn name_around(bytes: &[u8], at: usize) -> Range<usize> {
    let before = slice(bytes, at.saturating_sub(NAME), at);
    let head = before.iter().rev().take_while(|byte| is_name_byte(**byte)).count();
    at - head..at + run(slice(bytes, at, at + NAME), is_name_byte)
}

fn begins_with_any(value: &[u8], beginnings: &[String]) -> bool {
    beginnings.iter().any(|beginning| value.starts_with(beginning.as_bytes()))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
