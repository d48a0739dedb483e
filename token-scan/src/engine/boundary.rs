//! Decides where a token may begin and end.

/// Returns whether a token may begin at `at`: not in the middle of a word, unless an escape stands before it.
pub(super) fn begins(bytes: &[u8], at: usize) -> bool {
    let (before, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
    if !rest.first().is_some_and(|first| is_word(*first)) {
        return true;
    }
    match before {
        [] => true,
        [.., last] if !is_word(*last) => true,
        // These are the escapes of source code: `\n`, `\t` and the like.
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f' | b'0' | b'a' | b'v'] => true,
        // These are escapes with digits: `%3D`, `\x3d`, `\u003d`.
        [.., b'%', high, low] => is_hex(*high) && is_hex(*low),
        [.., b'\\', b'x', high, low] => is_hex(*high) && is_hex(*low),
        [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].iter().all(|digit| is_hex(**digit)) => true,
        [before @ .., last] => last.is_ascii_alphabetic() && is_control(before),
    }
}

/// The ways to write the byte ESC in a text: as it is, or as an escape in a string.
const ESCAPES: &[&[u8]] = &[
    b"\x1b", b"\\x1b", b"\\x1B", b"\\u001b", b"\\u001B", b"\\u{1b}", b"\\u{1B}", b"\\033", b"\\e",
    b"\\E",
];

/// The most bytes of a control sequence's parameters that are read.
const PARAMETERS: usize = 24;

/// Returns whether a text ends in a terminal's control sequence (ECMA-48, section 5.4) of which only the last letter is
/// missing, such as the `ESC [ 94` of a sequence that sets a colour.
fn is_control(before: &[u8]) -> bool {
    let is_parameter = |byte: &&u8| matches!(byte, b'0'..=b'9' | b';' | b':' | b'?');
    let parameters = before.iter().rev().take(PARAMETERS).take_while(is_parameter).count();
    let rest = before.get(..before.len() - parameters).unwrap_or_default();
    let Some(start) = rest.strip_suffix(b"[") else { return false };
    ESCAPES.iter().any(|escape| start.ends_with(escape))
}

/// Returns whether a token may end before `at`.
pub(super) fn ends(bytes: &[u8], at: usize) -> bool {
    let last = at.checked_sub(1).and_then(|last| bytes.get(last));
    let next = bytes.get(at);
    !last.is_some_and(|byte| is_word(*byte)) || !next.is_some_and(|byte| is_word(*byte))
}

/// If this many digits of base64 stand before a possible token, it is taken for a part of them.
const BLOB: usize = 32;

/// Returns whether a possible token stands inside a longer run of base64, where it occurs by chance.
pub(super) fn is_inside(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'+' || *byte == b'/';
    let token = bytes.get(start..end).unwrap_or_default();
    let before = bytes.get(start.saturating_sub(BLOB)..start).unwrap_or_default();
    token.iter().all(is_digit) && before.len() == BLOB && before.iter().all(is_digit)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}
