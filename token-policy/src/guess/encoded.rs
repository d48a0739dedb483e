//! Recognizes text that is only written in another alphabet.

/// Yields the pieces of a text, each with its place: the longest runs of base64 digits, and what stands between them.
pub(super) fn pieces(text: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let pieces = text.chunk_by(|a, b| is_base64(*a) == is_base64(*b));
    pieces.scan(0, |at, piece| {
        let from = *at;
        *at += piece.len();
        Some((piece, from))
    })
}

/// Returns whether a piece is printable text in base64 (RFC 4648, both alphabets) or in hexadecimal digits.
///
/// Of random pieces one in a hundred thousand is.
pub(super) fn is_text(piece: &[u8]) -> bool {
    piece.len() >= MIN_BYTES && (decodes(piece, 6, base64) || decodes(piece, 4, hex))
}

/// The least length of a piece that is decoded.
const MIN_BYTES: usize = 16;

/// Returns whether the digits, of so many bits each, make printable text.
fn decodes(digits: &[u8], bits: u32, value: fn(u8) -> Option<u8>) -> bool {
    let (mut buffer, mut filled) = (0_u32, 0);
    digits.iter().all(|digit| {
        let Some(value) = value(*digit) else { return false };
        buffer = buffer << bits | u32::from(value);
        filled += bits;
        if filled < 8 {
            return true;
        }
        filled -= 8;
        is_printable((buffer >> filled) as u8)
    })
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

fn is_base64(char: u8) -> bool {
    base64(char).is_some()
}

fn base64(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
