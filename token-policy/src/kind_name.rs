//! Checks the names of token kinds: lowercase words joined by single hyphens, such as `github-ci`.

use core::fmt;

/// The length of the longest kind name, in bytes.
pub const MAX_BYTES: usize = 64;

/// Checks that `name` has the form `[a-z][a-z0-9]*(-[a-z0-9]+)*` and at most [`MAX_BYTES`].
///
/// # Errors
///
/// Fails if the name is too long or has another form.
pub const fn check(name: &str) -> Result<(), KindNameError> {
    if name.len() > MAX_BYTES {
        return Err(KindNameError::TooLong);
    }
    if matches!(name.as_bytes(), [b'a'..=b'z', ..]) && is_hyphenated(name.as_bytes()) {
        return Ok(());
    }
    Err(KindNameError::Form)
}

/// Returns whether [`check`] accepts `name`.
pub const fn is_valid(name: &str) -> bool {
    check(name).is_ok()
}

/// Says why a text is not the name of a token kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KindNameError {
    /// The name is not made of lowercase words joined by hyphens.
    Form,
    /// The name is longer than [`MAX_BYTES`].
    TooLong,
}

impl fmt::Display for KindNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KindNameError::Form => {
                f.write_str("a token kind's name is not lowercase words joined by hyphens")
            }
            KindNameError::TooLong => {
                write!(f, "a token kind's name is longer than {MAX_BYTES} bytes")
            }
        }
    }
}

impl core::error::Error for KindNameError {}

/// Returns whether `bytes` are words of lowercase letters and digits joined by single hyphens.
const fn is_hyphenated(bytes: &[u8]) -> bool {
    let (mut rest, mut in_word) = (bytes, false);
    while let [byte, tail @ ..] = rest {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => in_word = true,
            b'-' if in_word => in_word = false,
            _ => return false,
        }
        rest = tail;
    }
    in_word
}
