//! Says why a value was not registered.

use std::{error, fmt};

/// Says why a value was not registered. It holds no byte of the value.
///
/// Match on [`kind`](Self::kind); the wording is not part of the interface.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Error(ErrorKind);

/// Says what is wrong with a value or its name, for a program to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The value has fewer than eight different bytes, so it is easily guessed.
    Guessable,
    /// The value has a byte that no token has (RFC 6749 appendix A.12): white space, a control character, or a byte
    /// that is not ASCII.
    Malformed,
    /// The name is not the name of a token kind.
    MalformedKind,
    /// The value is longer than 64 KiB.
    TooLong,
    /// The value is shorter than 16 bytes.
    TooShort,
}

impl Error {
    /// Returns what is wrong, for a program to decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0
    }
}

impl ErrorKind {
    /// The variant's name, as an audit record has it. It stays the same in later versions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guessable => "Guessable",
            Self::Malformed => "Malformed",
            Self::MalformedKind => "MalformedKind",
            Self::TooLong => "TooLong",
            Self::TooShort => "TooShort",
        }
    }

    /// Makes the error. No `From`, which everybody could call.
    #[cold]
    pub(crate) fn error(self) -> Error {
        Error(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            ErrorKind::Guessable => {
                "the value has fewer than 8 different bytes, so it is easily guessed; register only what nobody can guess"
            }
            ErrorKind::Malformed => {
                "the value has a byte that no token has; look for white space or a line break in it"
            }
            ErrorKind::MalformedKind => {
                "a token kind's name is lowercase words joined by hyphens, such as `github-ci`"
            }
            ErrorKind::TooLong => {
                "the value is longer than 65536 bytes; register the token alone, not the text around it"
            }
            ErrorKind::TooShort => {
                "the value is shorter than 16 bytes, so ordinary text would be masked; use longer tokens"
            }
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Error {}
