//! Defines the errors of a scan. They contain nothing of the scanned texts.

use std::{fmt, io};

use crate::{Leaks, Scan};

/// Says why a scan failed, or what it found.
pub struct Error {
    inner: Inner,
}

enum Inner {
    Defaults { asked: u32, latest: u32 },
    Git { what: &'static str, status: Option<i32>, said: String },
    Revision { name: String, why: String },
    Io { path: String, kind: io::ErrorKind },
    Leaks(Leaks),
    Rules { line: usize },
    Suppressions { path: String, line: usize, why: &'static str },
}

/// Says what sort of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The policy asks for default levels of a version that is not known here.
    Defaults,
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
            Inner::Defaults { .. } => ErrorKind::Defaults,
            Inner::Git { .. } | Inner::Revision { .. } => ErrorKind::Git,
            Inner::Io { .. } => ErrorKind::Io,
            Inner::Leaks(_) => ErrorKind::Leaks,
            Inner::Rules { .. } => ErrorKind::Rules,
            Inner::Suppressions { .. } => ErrorKind::Suppressions,
        }
    }

    /// Makes the error for a git command that failed, with what git said about it. Tokens in it are masked.
    pub(crate) fn git_said(what: &'static str, status: Option<i32>, said: &[u8]) -> Error {
        Error { inner: Inner::Git { what, status, said: shown(said) } }
    }

    /// Makes the error for a name that stands for no commit, or for more than one.
    pub(crate) fn revision(name: &str, why: impl Into<String>) -> Error {
        Error { inner: Inner::Revision { name: shown(name.as_bytes()), why: why.into() } }
    }

    pub(crate) fn io(path: impl Into<String>, error: &io::Error) -> Error {
        Error { inner: Inner::Io { path: path.into(), kind: error.kind() } }
    }

    pub(crate) fn defaults(asked: u32, latest: u32) -> Error {
        Error { inner: Inner::Defaults { asked, latest } }
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
            Inner::Defaults { .. }
            | Inner::Git { .. }
            | Inner::Io { .. }
            | Inner::Leaks(_)
            | Inner::Revision { .. }
            | Inner::Suppressions { .. } => Error::rules(0),
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
            Inner::Defaults { asked, latest } => write!(
                f,
                "`[scan] defaults = {asked}` is not known here, the latest are {latest}; use a newer scanner, or write `defaults = {latest}`"
            ),
            Inner::Git { what, status, said } => {
                match status {
                    Some(status) => write!(f, "`git {what}` failed with {status}")?,
                    None => write!(f, "`git {what}` could not be run or understood")?,
                }
                if said.is_empty() { Ok(()) } else { write!(f, ": {said}") }
            }
            Inner::Revision { name, why } => write!(f, "`{name}` {why}"),
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

/// The most characters of what git said that an error repeats.
const MOST: usize = 500;

/// Returns what git said in a form that can be shown: in one line, without control characters, and with the tokens in
/// it masked, since git repeats names of files and revisions.
fn shown(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let scanner = Scan::certain().prefixes_in(&said).build();
    let hidden = scanner.map(|scanner| scanner.hidden(&said)).unwrap_or_default();
    let lines = hidden.mask(&said);
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines.collect::<Vec<_>>().join("; ");
    line.chars().filter(|c| !c.is_control()).take(MOST).collect()
}
