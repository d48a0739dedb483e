//! Reads Rust literals as the compiler does: joined, and with their escapes resolved.

mod join;
mod literal;

use ra_ap_rustc_lexer::{FrontmatterAllowed, tokenize};

use self::join::Joiner;
use crate::text::Decoded;

/// Adds the values of those literals in a file that differ from the bytes of the file, each followed by a line feed.
pub(crate) fn literals(source: &[u8], out: &mut Decoded) {
    if !may_hide(source) {
        return;
    }
    let Ok(source) = std::str::from_utf8(source) else { return };
    let mut joiner = Joiner::new(source, out);
    let mut at = 0;
    for token in tokenize(source, FrontmatterAllowed::No) {
        let end = at + usize::try_from(token.len).unwrap_or(0);
        joiner.token(token.kind, at, end);
        at = end;
    }
    joiner.finish();
}

/// Returns whether a file has anything that can make a literal's value differ from its bytes. Most files have nothing
/// of that sort.
fn may_hide(source: &[u8]) -> bool {
    memchr::memmem::find(source, b"concat!").is_some()
        || has_escape(source)
        || has_sum(source)
        || has_array(source)
}

/// Returns whether a file has a `\x` or `\u` for a visible character, or a line continuation inside a word.
fn has_escape(source: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', source).any(|at| {
        let rest = source.get(at + 1..).unwrap_or_default();
        match rest {
            [b'x', b'2'..=b'7', ..] => true,
            [b'u', b'{', digits @ ..] => is_visible_digits(digits),
            [b'\n' | b'\r', ..] => {
                !source.get(at.wrapping_sub(1)).is_some_and(u8::is_ascii_whitespace)
            }
            _ => false,
        }
    })
}

/// Returns whether these are the digits of a `\u{}` for a visible ASCII character.
fn is_visible_digits(digits: &[u8]) -> bool {
    let zeros = digits.iter().take(4).take_while(|digit| **digit == b'0').count();
    matches!(digits.get(zeros..), Some([b'2'..=b'7', digit, b'}', ..]) if digit.is_ascii_hexdigit())
}

/// Returns whether a `+` stands between two quoted texts.
fn has_sum(source: &[u8]) -> bool {
    memchr::memchr_iter(b'+', source).any(|at| {
        let (before, after) = source.split_at_checked(at).unwrap_or((source, &[]));
        let left = before.iter().rev().take(200).find(|byte| !byte.is_ascii_whitespace());
        let right = after.get(1..after.len().min(200)).unwrap_or_default().trim_ascii_start();
        matches!(left, Some(b'"' | b')' | b'#'))
            && is_quoted(right.strip_prefix(b"&").unwrap_or(right))
    })
}

fn is_quoted(text: &[u8]) -> bool {
    [&b"\""[..], b"r\"", b"r#", b"String", b"concat!", b"str"]
        .iter()
        .any(|begin| text.starts_with(begin))
}

/// Returns whether there is an array whose first eight items are visible characters, as numbers or quoted.
fn has_array(source: &[u8]) -> bool {
    memchr::memchr_iter(b'[', source).any(|at| {
        let rest = source.get(at + 1..source.len().min(at + 200)).unwrap_or_default();
        let rest = rest.trim_ascii_start();
        // The byte after the bracket rules out most arrays.
        if !matches!(rest.first(), Some(b'0' | b'1' | b'3'..=b'9' | b'b' | b'\'')) {
            return false;
        }
        let mut items = rest.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        (0..8).all(|_| items.next().is_some_and(is_visible)) && items.next().is_some()
    })
}

fn is_visible(item: &[u8]) -> bool {
    match item {
        [b'b', b'\'', ..]
        | [b'\'', ..]
        | [b'0', b'x', b'2'..=b'7', _, ..]
        | [b'0', b'b' | b'o', ..] => true,
        [b'3'..=b'9', b'0'..=b'9', rest @ ..] | [b'1', b'0'..=b'2', b'0'..=b'9', rest @ ..] => {
            matches!(rest, [] | [b'u' | b'_', ..])
        }
        _ => false,
    }
}
