//! Computes the value of one literal.

use ra_ap_rustc_lexer::LiteralKind;
use rustc_literal_escaper::{
    MixedUnit, unescape_byte, unescape_byte_str, unescape_c_str, unescape_char, unescape_str,
};

use crate::text::Decoded;

/// Adds the value of a literal to `out`. Returns whether the value may differ from the literal's bytes in the file.
/// Returns `None` if the literal can't be a part of a text at this place.
pub(super) fn add(
    kind: LiteralKind,
    text: &str,
    start: usize,
    in_array: bool,
    out: &mut Decoded,
) -> Option<bool> {
    match kind {
        LiteralKind::Str { terminated: true } => quoted(text, 1, start, out, string),
        LiteralKind::ByteStr { terminated: true } => quoted(text, 2, start, out, bytes),
        LiteralKind::CStr { terminated: true } => quoted(text, 2, start, out, c_string),
        LiteralKind::RawStr { n_hashes: Some(hashes) } => raw(text, 2, hashes, start, out),
        LiteralKind::RawByteStr { n_hashes: Some(hashes) }
        | LiteralKind::RawCStr { n_hashes: Some(hashes) } => raw(text, 3, hashes, start, out),
        LiteralKind::Char { terminated: true } => {
            push_char(unescape_char(inner(text, 1)?).ok()?, start, out);
            Some(false)
        }
        LiteralKind::Byte { terminated: true } => {
            out.push(unescape_byte(inner(text, 2)?).ok()?, start);
            Some(false)
        }
        LiteralKind::Int { .. } if in_array => {
            out.push(integer(text)?, start);
            Some(false)
        }
        LiteralKind::Int { .. } | LiteralKind::Float { .. } => {
            out.extend(text.as_bytes(), start);
            Some(false)
        }
        _ => None,
    }
}

/// Returns whether a literal is one character or byte.
pub(super) fn is_scalar(kind: LiteralKind) -> bool {
    matches!(kind, LiteralKind::Char { .. } | LiteralKind::Byte { .. } | LiteralKind::Int { .. })
}

/// Returns the text between the quotes, or `None` if the literal is too short.
fn inner(text: &str, open: usize) -> Option<&str> {
    text.get(open..text.len().checked_sub(1)?)
}

fn quoted(
    text: &str,
    open: usize,
    start: usize,
    out: &mut Decoded,
    unescape: fn(&str, usize, &mut Decoded),
) -> Option<bool> {
    let inner = inner(text, open)?;
    unescape(inner, start + open, out);
    Some(inner.contains('\\'))
}

fn string(inner: &str, start: usize, out: &mut Decoded) {
    unescape_str(inner, |range, found| {
        if let Ok(found) = found {
            push_char(found, start + range.start, out);
        }
    });
}

fn bytes(inner: &str, start: usize, out: &mut Decoded) {
    unescape_byte_str(inner, |range, found| {
        if let Ok(byte) = found {
            out.push(byte, start + range.start);
        }
    });
}

fn c_string(inner: &str, start: usize, out: &mut Decoded) {
    unescape_c_str(inner, |range, found| match found {
        Ok(MixedUnit::Char(found)) => push_char(found.get(), start + range.start, out),
        Ok(MixedUnit::HighByte(byte)) => out.push(byte.get(), start + range.start),
        Err(_) => {}
    });
}

fn raw(text: &str, open: usize, hashes: u8, start: usize, out: &mut Decoded) -> Option<bool> {
    let hashes = usize::from(hashes);
    let inner = text.get(open + hashes..text.len().checked_sub(1 + hashes)?)?;
    for (at, byte) in inner.bytes().enumerate() {
        out.push(byte, start + open + hashes + at);
    }
    Some(false)
}

fn push_char(c: char, start: usize, out: &mut Decoded) {
    out.extend(c.encode_utf8(&mut [0; 4]).as_bytes(), start);
}

/// Returns the byte that a number stands for: `65`, `0x41`, `0b100_0001`. Returns `None` if it stands for no byte.
fn integer(text: &str) -> Option<u8> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (digits.get(2..)?, 16),
        Some("0o") => (digits.get(2..)?, 8),
        Some("0b") => (digits.get(2..)?, 2),
        _ => (digits.as_str(), 10),
    };
    u8::from_str_radix(digits, radix).ok()
}
