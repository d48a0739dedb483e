//! Says why a text is no lock.

use alloc::string::String;
use core::fmt;

use crate::Position;

/// Why a text is no lock, and where. It repeats no value of the text.
///
/// `Display` writes `line:column: message`, with what to do about it.
#[derive(Clone, PartialEq, Eq)]
pub struct LockError {
    pub(super) position: Position,
    pub(super) kind: LockErrorKind,
    pub(super) message: String,
}

impl LockError {
    /// Returns where the mistake is.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns what sort of mistake it is.
    pub fn kind(&self) -> LockErrorKind {
        self.kind
    }

    /// Returns what is wrong, and what to do about it.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.message)
    }
}

/// As `Display`.
impl fmt::Debug for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for LockError {}

/// What sort of mistake a [`LockError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LockErrorKind {
    /// The text has the marks that git leaves where a merge conflicts.
    Conflict,
    /// A fact has a value that is none.
    InvalidFact,
    /// A slot's name is not that of a kind and an environment.
    InvalidName,
    /// A line lacks a fact that it must have.
    MissingFact,
    /// The facts are valid, but written in another way than a lock is.
    NotAsWritten,
    /// A slot, a line or a fact is there twice.
    Repeated,
    /// The text is not TOML.
    Syntax,
    /// The text is too long.
    TooLarge,
    /// A line has a fact that it must not have.
    UnexpectedFact,
    /// A key is none of a lock.
    UnknownKey,
    /// The file format has a version that this crate doesn't know.
    UnknownVersion,
    /// A value has another type than a lock has there.
    WrongType,
}
