//! Decodes files in UTF-16.

/// Returns whether a file is UTF-16: it has a byte order mark, or every other of its first bytes is zero.
pub(crate) fn looks_like_utf16(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let sample = bytes.get(..bytes.len().min(256)).unwrap_or_default();
    let [even, odd] = zeros(sample);
    let half = sample.len() / 2;
    half >= 4
        && ((odd * 10 >= half * 9 && even * 10 < half)
            || (even * 10 >= half * 9 && odd * 10 < half))
}

/// Returns how many zeros stand at even and at odd places.
fn zeros(bytes: &[u8]) -> [usize; 2] {
    let count = |start: usize| bytes.iter().skip(start).step_by(2).filter(|b| **b == 0).count();
    [count(0), count(1)]
}

/// Converts a file to UTF-8. What is no character becomes a replacement character.
pub(crate) fn from_utf16(bytes: &[u8]) -> String {
    let big = match bytes {
        [0xfe, 0xff, ..] => true,
        [0xff, 0xfe, ..] => false,
        _ => {
            matches!(zeros(bytes.get(..bytes.len().min(256)).unwrap_or_default()), [even, odd] if even > odd)
        }
    };
    let units = bytes.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
    let units =
        units.map(|pair| if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect();
    text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text)
}
