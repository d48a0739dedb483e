//! Says why a token was not made, narrowed or revoked.

use std::{error, fmt, io};

/// Says why a token was not made, narrowed or revoked.
///
/// The message says what to do. Match on [`kind`](Self::kind); the wording is not part of the interface.
pub struct Error(Cause);

/// Says what went wrong, for a program to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system has no entropy.
    Io,
    /// The policy gives the kind no `format`, so its tokens have no prefix.
    NoFormat,
    /// A pepper has too few bytes.
    ShortPepper,
}

pub(crate) enum Cause {
    NoEntropy { kind: io::ErrorKind },
    NoFormat { kind: &'static str },
    ShortPepper { bytes: usize },
}

impl Cause {
    pub(crate) fn no_entropy(error: getrandom::Error) -> Self {
        Self::NoEntropy { kind: io::Error::from(error).kind() }
    }
}

impl ErrorKind {
    /// The variant's name, as an audit record has it. It stays the same in later versions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Io => "Io",
            Self::NoFormat => "NoFormat",
            Self::ShortPepper => "ShortPepper",
        }
    }
}

impl Error {
    /// Returns what went wrong, for a program to decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.0 {
            Cause::NoEntropy { .. } => ErrorKind::Io,
            Cause::NoFormat { .. } => ErrorKind::NoFormat,
            Cause::ShortPepper { .. } => ErrorKind::ShortPepper,
        }
    }
}

impl From<Cause> for Error {
    #[cold]
    fn from(cause: Cause) -> Self {
        Self(cause)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Cause::NoEntropy { kind } => write!(
                f,
                "the operating system has no entropy for a token: {kind}; check that this process may call getrandom(2)"
            ),
            Cause::NoFormat { kind } => write!(
                f,
                "token kind `{kind}`: the token policy gives it no `format`; add one, such as \"acme_deploy\""
            ),
            Cause::ShortPepper { bytes } => write!(
                f,
                "a pepper of {bytes} bytes is too short; take {} random bytes or more",
                crate::Pepper::MIN_BYTES
            ),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Error {}
