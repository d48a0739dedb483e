//! Masks the tokens in a line or text.

use std::ops::Range;

/// No output may contain this many consecutive bytes of a token: wherever a part of a token is at least so long, it is
/// masked.
pub(crate) const WINDOW: usize = 8;
/// The most bytes of a line that is shown.
pub(crate) const LONGEST: usize = 400;

/// Returns the line at `line` with the characters in the ranges replaced by `*`, and with the values masked.
pub(crate) fn excerpt(
    text: &[u8],
    line: Range<usize>,
    hidden: &[Range<usize>],
    values: &[&[u8]],
) -> Option<String> {
    let mut stars = vec![false; line.len()];
    for range in hidden {
        let from = range.start.clamp(line.start, line.end) - line.start;
        let to = range.end.clamp(line.start, line.end) - line.start;
        stars.iter_mut().take(to).skip(from).for_each(|star| *star = true);
    }
    let bytes = text.get(line)?.iter().zip(stars);
    let shown: Vec<u8> = bytes.filter_map(|(byte, star)| starred(*byte, star)).collect();
    Some(without(&String::from_utf8_lossy(&shown), values))
}

/// Returns what is shown of a byte. A character becomes one `*`, so that the columns stay the same: of UTF-8, the bytes
/// after the first are left out.
fn starred(byte: u8, star: bool) -> Option<u8> {
    match star {
        false => Some(byte),
        true => (byte & 0xc0 != 0x80).then_some(b'*'),
    }
}

/// Returns the text with the characters in the ranges replaced by `*`. The ranges may be in any order.
pub(crate) fn ranges(text: &str, hidden: &[Range<usize>]) -> String {
    if hidden.is_empty() {
        return text.to_owned();
    }
    let mut stars = vec![false; text.len()];
    for range in hidden {
        stars.iter_mut().take(range.end).skip(range.start).for_each(|star| *star = true);
    }
    let is_hidden = |at: usize| stars.get(at).is_some_and(|star| *star);
    text.char_indices().map(|(at, c)| if is_hidden(at) { '*' } else { c }).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_occurrence_is_masked_and_nothing_else() {
        let value = &[&b"abcdefghij"[..]];
        for (text, masked) in [
            ("abcdefgh", "********"),
            ("12 abcdefgh 34", "12 ******** 34"),
            ("1 bcdefghi 2 bcdefghi 3", "1 ******** 2 ******** 3"),
            ("abcdefghij cdefghij", "********ij ********"),
            ("abcdefg bcdefgh", "abcdefg bcdefgh"),
        ] {
            assert_eq!(without(text, value), masked);
        }
        // What is masked already, and what is no ASCII, ends the search.
        assert_eq!(without("******** x", &[b"********"]), "******** x");
        assert_eq!(
            without("\u{e4}\u{e4}\u{e4}\u{e4}", &["\u{e4}\u{e4}\u{e4}\u{e4}".as_bytes()]).len(),
            8
        );
    }

    #[test]
    fn a_line_is_masked_where_it_stands() {
        let text = b"one\ntwo three\nfour";
        let line = |hidden: &[(usize, usize)]| {
            let hidden: Vec<_> = hidden.iter().map(|(from, to)| *from..*to).collect();
            excerpt(text, 4..13, &hidden, &[])
        };
        assert_eq!(line(&[(8, 13)]).as_deref(), Some("two *****"));
        assert_eq!(line(&[(4, 7), (10, 11)]).as_deref(), Some("*** th*ee"));
        // Of what begins before the line, or goes on after it, only the part in it.
        assert_eq!(line(&[(0, 5)]).as_deref(), Some("*wo three"));
        assert_eq!(line(&[(12, 18)]).as_deref(), Some("two thre*"));
        assert_eq!(line(&[(0, 3), (14, 18)]).as_deref(), Some("two three"));
        assert_eq!(line(&[(0, 18)]).as_deref(), Some("*********"));
    }
}
