//! Reads text in which a character may be written as an escape.

/// A way of writing a character as an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// Escapes as in a JSON string (RFC 8259 section 7) or in Rust's `{:?}`: `\"`, `\\`, `\/`, `\'`, `\u0022`.
    Backslash,
    /// Escapes as in a URI (RFC 3986 section 2.1): `%22`.
    Percent,
}

/// A character, written as itself or as an escape.
pub(super) enum Unit {
    /// A character, and in how many bytes it is written.
    Byte(u8, usize),
    /// The text ends in the middle of a character.
    Incomplete,
}

impl Escape {
    pub(super) const ALL: [Escape; 2] = [Escape::Backslash, Escape::Percent];

    /// The most bytes in which a character is written.
    pub(super) const MAX_UNIT: usize = 6;

    /// Returns the byte with which every escape begins.
    pub(super) fn mark(self) -> u8 {
        match self {
            Escape::Backslash => b'\\',
            Escape::Percent => b'%',
        }
    }

    /// Reads the first character of `text`, or returns `None` if `text` is empty. A mark that begins no escape stands
    /// for itself.
    pub(super) fn unit(self, text: &[u8]) -> Option<Unit> {
        let (first, rest) = text.split_first()?;
        if *first != self.mark() {
            return Some(Unit::Byte(*first, 1));
        }
        let escaped = match self {
            Escape::Backslash => backslash(rest),
            Escape::Percent => hex(rest).map(|unit| unit.after(1)),
        };
        Some(escaped.unwrap_or(Unit::Byte(*first, 1)))
    }

    /// Returns how many bytes after `at` the character ends that begins before `at`; 0 if a character begins at `at`.
    /// The first whole character of `text` begins at `skipped`.
    pub(super) fn skipped_at(self, text: &[u8], skipped: usize, at: usize) -> usize {
        if !text.get(skipped..at).unwrap_or_default().contains(&self.mark()) {
            return skipped.saturating_sub(at);
        }
        let mut next = skipped;
        while next < at {
            let rest = text.get(next..).unwrap_or_default();
            next += match self.unit(rest) {
                Some(Unit::Byte(_, len)) => len,
                _ => 1,
            };
        }
        next - at
    }
}

impl Unit {
    fn after(self, more: usize) -> Unit {
        match self {
            Unit::Byte(byte, len) => Unit::Byte(byte, len + more),
            Unit::Incomplete => Unit::Incomplete,
        }
    }
}

/// Returns whether a character needs no escape in any text: it is unreserved in a URI (RFC 3986 section 2.3). If a token
/// begins with one that is written as an escape all the same, the mark of that escape is not replaced. So a mark at the end
/// of a text need not wait.
pub(super) const fn is_needless(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Reads the rest of an escape after its backslash. Returns `None` if it is no escape of a visible character.
fn backslash(text: &[u8]) -> Option<Unit> {
    match text {
        [] => Some(Unit::Incomplete),
        [byte @ (b'"' | b'\'' | b'/' | b'\\'), ..] => Some(Unit::Byte(*byte, 2)),
        [b'u', b'0', b'0', digits @ ..] => hex(digits).map(|unit| unit.after(4)),
        [b'u'] | [b'u', b'0'] => Some(Unit::Incomplete),
        _ => None,
    }
}

/// Reads a byte from two hexadecimal digits of either case. Returns `None` if one of them is no digit.
fn hex(text: &[u8]) -> Option<Unit> {
    match text {
        [] => Some(Unit::Incomplete),
        [digit] => hex_value(*digit).map(|_| Unit::Incomplete),
        [high, low, ..] => Some(Unit::Byte(hex_value(*high)? << 4 | hex_value(*low)?, 2)),
    }
}

/// Returns the value of a hexadecimal digit of either case, or `None` for any other byte.
pub(super) const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
