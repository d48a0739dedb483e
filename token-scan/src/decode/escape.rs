//! Decodes escapes: `%5F`, `\u005f`, `\x5f`, `\/`, `&#95;`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::text::{Decoded, Text, slice};

/// How far a word with an escape may reach before and after the escape, in bytes.
const REACH: usize = 2048;

/// The beginnings of all escapes of visible characters. Escapes of spaces and the like are left out, since no token has
/// one.
const BEGINNINGS: &[&str] = &[
    "%2", "%3", "%4", "%5", "%6", "%7", "\\x2", "\\x3", "\\x4", "\\x5", "\\x6", "\\x7", "\\u00",
    "\\u{", "\\/", "&#", "&amp;",
];

/// Decodes every word that has an escape, and adds each to `out`, followed by a line feed.
pub(crate) fn escapes(text: Text<'_>, out: &mut Decoded) {
    let bytes = text.bytes();
    let mut done = 0;
    let Some(beginnings) = BEGIN.as_ref() else { return };
    for at in beginnings.find_iter(bytes).map(|found| found.start()) {
        if at < done || escape(slice(bytes, at, at + 10)).is_none() {
            continue;
        }
        let start = word_start(bytes, at).max(done);
        let end = word_end(bytes, at);
        decode(text, start, end, out);
        out.push(b'\n', text.place(at));
        done = end;
    }
}

/// Searches for [`BEGINNINGS`]. It can always be built, since they are few and short.
static BEGIN: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(BEGINNINGS).ok()
});

fn decode(text: Text<'_>, start: usize, end: usize, out: &mut Decoded) {
    let mut at = start;
    while at < end {
        let (byte, length) = match escape(text.slice(at, end)) {
            Some(found) => found,
            None => (text.bytes().get(at).copied().unwrap_or(0), 1),
        };
        out.push(byte, text.place(at));
        at += length;
    }
}

/// Returns the ASCII character that an escape stands for, and the length of the escape. Returns `None` if `text` begins
/// with no escape of a visible character.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', high, low, ..] => number(&[*high, *low], 16).map(|byte| (byte, 3)),
        [b'\\', b'x', high, low, ..] => number(&[*high, *low], 16).map(|byte| (byte, 4)),
        [b'\\', b'/', ..] => Some((b'/', 2)),
        [b'\\', b'u', b'{', rest @ ..] => {
            let digits = rest.iter().position(|byte| *byte == b'}')?;
            number(slice(rest, 0, digits), 16).map(|byte| (byte, digits + 4))
        }
        [b'\\', b'u', digits @ ..] => number(digits.first_chunk::<4>()?, 16).map(|byte| (byte, 6)),
        [b'&', b'#', b'x' | b'X', rest @ ..] => reference(rest, 16).map(|(b, n)| (b, n + 4)),
        [b'&', b'#', rest @ ..] => reference(rest, 10).map(|(b, n)| (b, n + 3)),
        [b'&', b'a', b'm', b'p', b';', ..] => Some((b'&', 5)),
        _ => None,
    }
}

/// Reads a character reference up to its `;`. Returns the character and the number of digits, or `None` if it is no
/// visible character.
fn reference(rest: &[u8], radix: u32) -> Option<(u8, usize)> {
    let digits = rest.iter().position(|byte| *byte == b';')?;
    number(slice(rest, 0, digits), radix).map(|byte| (byte, digits))
}

/// Returns the visible ASCII character with this number, or `None` if it is not one.
fn number(digits: &[u8], radix: u32) -> Option<u8> {
    if digits.is_empty() || digits.len() > 6 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
    u8::try_from(number).ok().filter(u8::is_ascii_graphic)
}

fn word_start(bytes: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(REACH);
    let before = slice(bytes, from, at);
    before.iter().rposition(|byte| is_break(*byte)).map_or(from, |found| from + found + 1)
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    let rest = slice(bytes, at, at + REACH);
    at + rest.iter().position(|byte| is_break(*byte)).unwrap_or(rest.len())
}

fn is_break(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>')
}
