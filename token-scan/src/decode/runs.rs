//! Decodes runs of base64 (RFC 4648) and of hexadecimal digits, also over several lines.

mod blocks;

use crate::checksum::from_base64;
use crate::text::{Decoded, Text, slice};

use super::{is_gzip, is_text};

/// The length of the shortest run that can hold a token, in digits.
const LEAST: usize = 24;
/// The length of the shortest run of hexadecimal digits: these stand for sixteen bytes.
const HEX_LEAST: usize = 32;
/// The most digits of a run that are decoded: 1 MiB.
const MOST: usize = 1 << 20;
/// The length of the shortest line of digits that the next line may continue.
const LINE: usize = 40;

/// What one run was decoded to.
pub(crate) enum Encoded {
    /// The digits of several lines, put together but not decoded.
    Joined(Decoded),
    /// A text.
    Text(Decoded),
    /// The bytes of a gzip file, and the place of the run.
    Gzip(Vec<u8>, usize),
}

/// Calls `found` for every run that decodes to text or gzip, and with the joined digits of every run of several lines.
pub(crate) fn encoded(text: Text<'_>, mut found: impl FnMut(Encoded)) {
    let bytes = text.bytes();
    // `at` is where the last run ends, and `next` where the next one may have its first whole block.
    let (mut at, mut next) = (0, 0);
    for block in blocks::all_digits(bytes) {
        if block < next {
            continue;
        }
        let start = run_start(bytes, block, at);
        let end = run_end(bytes, block);
        if end - start >= LEAST {
            at = run(text, start, end, &mut found);
        }
        next = end.max(at);
    }
}

/// Decodes a run together with the lines that continue it. Returns where the last of these lines ends.
fn run(text: Text<'_>, start: usize, end: usize, found: &mut impl FnMut(Encoded)) -> usize {
    let first = text.slice(start, end);
    let mut next = if first.len() < LINE { None } else { next_line(text.bytes(), end) };
    // Most runs are names in sources, so they are ruled out before anything is copied.
    if next.is_none() && !is_hex(first) && !may_be_text(first) {
        return end;
    }
    let mut digits = Decoded::default();
    add(text, start, end, &mut digits);
    let (mut last, mut lines) = (end, 1);
    while let Some((from, to)) = next.filter(|_| digits.len() <= MOST) {
        add(text, from, to, &mut digits);
        (last, lines) = (to, lines + 1);
        next = next_line(text.bytes(), last);
    }
    if let Some(encoded) = decode(&digits) {
        found(encoded);
    }
    if lines > 1 {
        found(Encoded::Joined(digits));
    }
    last
}

fn add(text: Text<'_>, start: usize, end: usize, digits: &mut Decoded) {
    for at in start..end {
        if let Some(byte) = text.bytes().get(at) {
            digits.push(*byte, text.place(at));
        }
    }
}

fn decode(digits: &Decoded) -> Option<Encoded> {
    let bytes = digits.bytes();
    if is_hex(bytes) {
        return from_hex(digits).map(Encoded::Text);
    }
    let bytes = slice(bytes, 0, MOST);
    if !may_be_text(bytes) {
        return None;
    }
    let head = from_base64(slice(bytes, 0, 16))?;
    if is_gzip(&head) {
        return Some(Encoded::Gzip(from_base64(bytes)?, digits.place(0)));
    }
    if !is_text(&head) {
        return None;
    }
    let decoded = from_base64(bytes)?;
    if !is_text(&decoded) {
        return None;
    }
    let mut text = Decoded::cut();
    for (at, byte) in decoded.iter().enumerate() {
        text.push(*byte, digits.place(at * 4 / 3));
    }
    Some(Encoded::Text(text))
}

/// Returns whether a run may be base64 of text or gzip. Of text, the first digit in each of the first groups is that of
/// a visible character or line feed. That quickly rules out most runs that are no base64.
fn may_be_text(digits: &[u8]) -> bool {
    let firsts = digits.iter().step_by(4).take(4);
    digits.starts_with(b"H4sI")
        || firsts.into_iter().all(|digit| matches!(digit, b'C'..=b'Z' | b'a'..=b'f'))
}

/// Returns whether a run is long enough for hexadecimal, and begins with hexadecimal digits only.
fn is_hex(bytes: &[u8]) -> bool {
    bytes.len() >= HEX_LEAST && bytes.iter().take(4 * LEAST).all(u8::is_ascii_hexdigit)
}

fn from_hex(digits: &Decoded) -> Option<Decoded> {
    let mut text = Decoded::default();
    for (at, pair) in digits.bytes().chunks_exact(2).enumerate() {
        let pair = std::str::from_utf8(pair).ok()?;
        let Ok(byte) = u8::from_str_radix(pair, 16) else { break };
        text.push(byte, digits.place(2 * at));
        if at == 11 && !is_text(text.bytes()) {
            return None;
        }
    }
    is_text(text.bytes()).then_some(text)
}

/// Returns the range of the digits in the next line. Returns `None` if there are none, or if anything stands before
/// them except signs that quote, comment or continue lines.
fn next_line(bytes: &[u8], end: usize) -> Option<(usize, usize)> {
    let rest = slice(bytes, end, end + 32);
    let tail = rest
        .iter()
        .position(|byte| !matches!(byte, b'"' | b'\'' | b' ' | b'+' | b'\\' | b',' | b'\r'))?;
    let newline = match slice(rest, tail, rest.len()) {
        [b'\n', ..] => tail + 1,
        [b'n', ..] if rest.get(tail.checked_sub(1)?) == Some(&b'\\') => tail + 1,
        _ => return None,
    };
    let next = slice(bytes, end + newline, end + newline + 64);
    let indent = next.iter().position(|byte| {
        !matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'#' | b'*' | b'>' | b'+' | b'|')
    })?;
    let start = end + newline + indent;
    let stop = run_end(bytes, start);
    (stop > start).then_some((start, stop))
}

fn run_start(bytes: &[u8], from: usize, least: usize) -> usize {
    let before = slice(bytes, least, from);
    before.iter().rposition(|byte| !is_digit(*byte)).map_or(least, |found| least + found + 1)
}

fn run_end(bytes: &[u8], from: usize) -> usize {
    let rest = slice(bytes, from, from + 2 * MOST);
    from + rest.iter().position(|byte| !is_digit(*byte)).unwrap_or(rest.len())
}

/// Returns whether a byte is a digit of base64, in either alphabet.
pub(crate) fn is_digit(byte: u8) -> bool {
    DIGITS.get(usize::from(byte)).copied().unwrap_or(false)
}

const DIGITS: [bool; 256] = {
    let mut digits = [false; 256];
    let mut all: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    while let [digit, rest @ ..] = all {
        let (_, from) = digits.split_at_mut(*digit as usize);
        if let [place, ..] = from {
            *place = true;
        }
        all = rest;
    }
    digits
};
