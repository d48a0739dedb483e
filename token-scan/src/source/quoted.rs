//! Reads paths as git quotes them.

/// Reads a path from a line of a patch: `b/src/lib.rs`, or `"b/caf\303\251"` with escapes as in C. Returns it without
/// `prefix`, or `None` if it doesn't begin with `prefix` or an escape is not understood.
pub(super) fn path(text: &[u8], prefix: &[u8]) -> Option<Vec<u8>> {
    // If a path has a space, git writes a tab after it.
    let path = match text.strip_suffix(b"\t").unwrap_or(text) {
        [b'"', inner @ .., b'"'] => unquote(inner)?,
        plain => plain.to_vec(),
    };
    path.strip_prefix(prefix).map(<[u8]>::to_vec)
}

fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some((first, tail)) = rest.split_first() {
        let (byte, tail) = match (first, tail) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) => {
                ((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'), tail)
            }
            (b'\\', [escape, tail @ ..]) => (unescape(*escape)?, tail),
            (byte, tail) => (*byte, tail),
        };
        out.push(byte);
        rest = tail;
    }
    Some(out)
}

fn unescape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        b'"' | b'\\' => letter,
        _ => return None,
    })
}
