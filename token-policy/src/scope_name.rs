//! Checks the names of scopes. The compiler and the service share this module; it needs no heap.
//!
//! ```
//! use token_policy::scope_name;
//!
//! assert!(scope_name::is_valid("repo:read"));
//! assert!(scope_name::check("repo read").is_err());
//! assert!(scope_name::is_valid("patient/*.read"), "a `*` is a character like any other in a name");
//! const { assert!(scope_name::check("repo:read").is_ok()) }
//! ```

use core::fmt;

/// The length of the longest scope name, in bytes.
pub const MAX_BYTES: usize = 128;

/// Checks that `name` is a scope token of RFC 6749, section 3.3, and at most [`MAX_BYTES`] long.
///
/// # Errors
///
/// Fails if the name is empty, too long, or has a character other than printable ASCII without space, `"` and `\`.
pub const fn check(name: &str) -> Result<(), ScopeNameError> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Err(ScopeNameError::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(ScopeNameError::TooLong);
    }
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        if !matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E) {
            return Err(ScopeNameError::Forbidden { at: bytes.len() - rest.len() });
        }
        rest = tail;
    }
    Ok(())
}

/// Returns whether [`check`] accepts `name`.
pub const fn is_valid(name: &str) -> bool {
    check(name).is_ok()
}

/// Says why a text is not the name of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeNameError {
    /// The name is empty.
    Empty,
    /// The name has a character that is not allowed.
    Forbidden {
        /// The index of the byte at which the character begins.
        at: usize,
    },
    /// The name is longer than [`MAX_BYTES`].
    TooLong,
}

impl fmt::Display for ScopeNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScopeNameError::Empty => f.write_str("a scope name is empty"),
            ScopeNameError::Forbidden { .. } => f.write_str(
                "a scope name has a character other than printable ASCII without space, `\"` and `\\` (RFC 6749, section 3.3)",
            ),
            ScopeNameError::TooLong => write!(f, "a scope name is longer than {MAX_BYTES} bytes"),
        }
    }
}

impl core::error::Error for ScopeNameError {}
