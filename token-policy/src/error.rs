//! Says what is wrong in a policy, and where.

mod kind;
mod salvaged;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use self::kind::PolicyErrorKind;
pub use self::salvaged::{Salvaged, SalvagedKind, SalvagedScope};
use crate::Position;

/// Holds the mistakes in a policy file, sorted by place.
///
/// At most [`MAX_ERRORS`](crate::limits::MAX_ERRORS) are described, the rest are [counted](PolicyErrors::omitted).
/// One mistake gives one error. `Display` writes one per line: `line:column: message; help`.
#[derive(Clone)]
pub struct PolicyErrors {
    errors: Vec<PolicyError>,
    omitted: usize,
    salvaged: Salvaged,
}

impl PolicyErrors {
    pub(crate) fn new(
        mut errors: Vec<PolicyError>,
        omitted: usize,
        salvaged: Salvaged,
    ) -> PolicyErrors {
        errors.sort_by_key(|error| error.position);
        PolicyErrors { errors, omitted, salvaged }
    }

    /// Iterates over the described mistakes, sorted by place.
    pub fn iter(&self) -> impl Iterator<Item = &PolicyError> {
        self.errors.iter()
    }

    /// Returns how many mistakes were found beyond those described.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Returns the names that could be read despite the mistakes.
    pub fn salvaged(&self) -> &Salvaged {
        &self.salvaged
    }

    /// Displays each error with the file's name before it: `tokens.toml:12:3: message; help`.
    pub fn named<'a>(&'a self, file: &'a str) -> Named<'a> {
        Named { errors: self, file }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, file: Option<&str>) -> fmt::Result {
        for (i, error) in self.errors.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            if let Some(file) = file {
                write!(f, "{file}:")?;
            }
            write!(f, "{error}")?;
        }
        if self.omitted > 0 {
            write!(f, "\nand {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, None)
    }
}

/// As `Display`: a `main` that returns the errors prints them so.
impl fmt::Debug for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for PolicyErrors {}

/// Displays [`PolicyErrors`] with the name of the file; [`PolicyErrors::named`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    errors: &'a PolicyErrors,
    file: &'a str,
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.errors.write(f, Some(self.file))
    }
}

/// One mistake in a policy file.
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyError {
    pub(crate) position: Position,
    pub(crate) kind: PolicyErrorKind,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl PolicyError {
    /// Returns where the mistake is.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns what sort of mistake it is.
    pub fn kind(&self) -> PolicyErrorKind {
        self.kind
    }

    /// Returns what is wrong, in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do about it, or `None` if there is no advice.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// Writes `line:column: message; help`.
impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

/// As `Display`.
impl fmt::Debug for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for PolicyError {}
