//! Masks the tokens in a line or text.

use std::ops::Range;

/// No output may contain this many consecutive bytes of a token: wherever a part of a token is at least so long, it is
/// masked.
pub(crate) const WINDOW: usize = 8;
/// The most bytes of a line that is shown.
pub(crate) const LONGEST: usize = 400;

/// Returns the line at `line` with the bytes of all tokens replaced by `*`.
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

/// Overwrites ASCII characters with `*`. The number of characters stays the same, and so do the columns.
fn stars(bytes: &mut [u8], from: usize, to: usize) {
    for byte in bytes.iter_mut().take(to).skip(from) {
        // A token is ASCII, so other characters only stand between its parts.
        if byte.is_ascii() {
            *byte = b'*';
        }
    }
}

/// Returns the text with the values masked: no eight consecutive bytes of one remain.
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
