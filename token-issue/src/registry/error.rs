//! Why a registry did not do what it was asked.

use std::{error, fmt};

use token_core::UtcDateTime;

/// Why a registry did not do what it was asked. It holds no fact about a token.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryError {
    /// It cannot answer at the moment: it is busy, out of space, unreachable or gone. What was asked may have happened or not.
    Unavailable {
        /// What the store says, without any value of a row.
        cause: String,
    },
    /// A row with this token id or digest is there already.
    Duplicate,
    /// The row cannot be kept as it is.
    #[non_exhaustive]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A newer version of this library has changed the registry's schema.
    #[non_exhaustive]
    NewerSchema {
        /// The registry's version.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// This store cannot be a registry.
    Unsuitable {
        /// Why, and what to do.
        cause: String,
    },
    /// A third pepper would make tokens unknown that are still valid.
    PepperInUse {
        /// When the last token of the pepper that is missing here has expired.
        until: UtcDateTime,
    },
}

impl RegistryError {
    /// The store cannot answer. `cause` must hold no value of a row.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        Self::Unavailable { cause: cause.into() }
    }

    /// The row cannot be kept as it is.
    #[must_use]
    pub const fn malformed(what: &'static str) -> Self {
        Self::Malformed { what }
    }

    /// The schema was changed by a newer version.
    #[must_use]
    pub const fn newer_schema(found: u32, known: u32) -> Self {
        Self::NewerSchema { found, known }
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { cause } => write!(f, "the registry cannot answer: {cause}"),
            Self::Duplicate => {
                f.write_str("the registry has a row with this token id already; mint another token")
            }
            Self::Malformed { what } => write!(f, "the registry cannot keep this row: {what}"),
            Self::NewerSchema { found, known } => write!(
                f,
                "the registry has schema version {found}, and this program knows versions up to {known}; \
                 run the version of the program that changed it, or a newer one"
            ),
            Self::Unsuitable { cause } => write!(f, "this cannot be a registry: {cause}"),
            Self::PepperInUse { until } => write!(
                f,
                "until {until} there may be valid tokens under a pepper that is neither the current one nor the one \
                 before; keep that pepper as the one before until then"
            ),
        }
    }
}

impl fmt::Debug for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for RegistryError {}
