//! Defines the errors of a scan. They contain nothing of the scanned texts.

use std::{fmt, io};

use crate::Leaks;

/// Says why a scan failed, or what it found.
pub struct Error {
    inner: Inner,
}

enum Inner {
    Git { what: &'static str, status: Option<i32> },
    Io { path: String, kind: io::ErrorKind },
    Leaks(Leaks),
    Rules { line: usize },
    Suppressions { path: String, line: usize, why: &'static str },
}

/// Says what sort of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The `git` command failed, or its output was not understood.
    Git,
    /// A file or a reader could not be read.
    Io,
    /// Tokens were found.
    Leaks,
    /// A file of rules has a mistake.
    Rules,
    /// A file of suppressions has a mistake.
    Suppressions,
}

impl Error {
    /// Returns what sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        match self.inner {
            Inner::Git { .. } => ErrorKind::Git,
            Inner::Io { .. } => ErrorKind::Io,
            Inner::Leaks(_) => ErrorKind::Leaks,
            Inner::Rules { .. } => ErrorKind::Rules,
            Inner::Suppressions { .. } => ErrorKind::Suppressions,
        }
    }

    pub(crate) fn git(what: &'static str, status: Option<i32>) -> Error {
        Error { inner: Inner::Git { what, status } }
    }

    pub(crate) fn io(path: impl Into<String>, error: &io::Error) -> Error {
        Error { inner: Inner::Io { path: path.into(), kind: error.kind() } }
    }

    pub(crate) fn rules(line: usize) -> Error {
        Error { inner: Inner::Rules { line } }
    }

    pub(crate) fn suppressions(path: impl Into<String>, line: usize, why: &'static str) -> Error {
        Error { inner: Inner::Suppressions { path: path.into(), line, why } }
    }

    /// Returns a copy of an error about rules.
    pub(crate) fn again(&self) -> Error {
        match self.inner {
            Inner::Rules { line } => Error::rules(line),
            Inner::Git { .. } | Inner::Io { .. } | Inner::Leaks(_) | Inner::Suppressions { .. } => {
                Error::rules(0)
            }
        }
    }
}

impl From<Leaks> for Error {
    fn from(leaks: Leaks) -> Error {
        Error { inner: Inner::Leaks(leaks) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Inner::Git { what, status: Some(status) } => {
                write!(f, "`git {what}` failed with {status}")
            }
            Inner::Git { what, status: None } => {
                write!(f, "`git {what}` could not be run or understood")
            }
            Inner::Io { path, kind } => write!(f, "{path}: {kind}"),
            Inner::Leaks(leaks) => leaks.fmt(f),
            Inner::Rules { line } => write!(f, "line {line} of the rules is not understood"),
            Inner::Suppressions { path, line, why } => write!(f, "{path}:{line}: {why}"),
        }
    }
}

/// Writes the same as `Display`, so that a test that returns the error shows the findings in a readable form.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
