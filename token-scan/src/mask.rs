//! Showing a line without its tokens.

use std::ops::Range;

/// How many bytes of a token no output has in a row.
pub(crate) const WINDOW: usize = 8;
/// A longer line is not shown.
pub(crate) const LONGEST: usize = 400;

/// The line at `line`, with the bytes of all tokens as `*`.
pub(crate) fn excerpt(
    text: &[u8],
    line: Range<usize>,
    hidden: &[Range<usize>],
    values: &[&[u8]],
) -> Option<String> {
    let mut shown = text.get(line.clone())?.to_vec();
    for range in hidden {
        let from = range.start.max(line.start).min(line.end) - line.start;
        let to = range.end.max(line.start).min(line.end) - line.start;
        stars(&mut shown, from, to);
    }
    Some(without(&String::from_utf8_lossy(&shown), values))
}

/// Overwrites characters, not bytes, so that columns stay what they are.
fn stars(bytes: &mut [u8], from: usize, to: usize) {
    for byte in bytes.iter_mut().take(to).skip(from) {
        // A token is ASCII; what is not stands between its parts.
        if byte.is_ascii() {
            *byte = b'*';
        }
    }
}

/// A text in which no eight bytes of a value stand in a row.
pub(crate) fn without(text: &str, values: &[&[u8]]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for value in values {
        for window in value.windows(WINDOW) {
            while let Some(at) = memchr::memmem::find(&bytes, window) {
                stars(&mut bytes, at, at + WINDOW);
                if window.iter().all(|byte| *byte == b'*' || !byte.is_ascii()) {
                    break;
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
