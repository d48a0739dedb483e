//! Where a token may begin and end.

/// Whether a token may begin at `at`: it doesn't go on from a word, other than one that is an escape.
pub(super) fn begins(bytes: &[u8], at: usize) -> bool {
    let (before, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
    if !rest.first().is_some_and(|first| is_word(*first)) {
        return true;
    }
    match before {
        [] => true,
        [.., last] if !is_word(*last) => true,
        // `\n`, `\t` and the like in source code.
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f' | b'0' | b'a' | b'v'] => true,
        // `%3D`, `\x3d`, `\u003d`.
        [.., b'%', high, low] => is_hex(*high) && is_hex(*low),
        [.., b'\\', b'x', high, low] => is_hex(*high) && is_hex(*low),
        [.., b'\\', b'u', a, b, c, d] => [a, b, c, d].iter().all(|digit| is_hex(**digit)),
        _ => false,
    }
}

/// Whether a token may end before `at`.
pub(super) fn ends(bytes: &[u8], at: usize) -> bool {
    let last = at.checked_sub(1).and_then(|last| bytes.get(last));
    let next = bytes.get(at);
    !last.is_some_and(|byte| is_word(*byte)) || !next.is_some_and(|byte| is_word(*byte))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}
