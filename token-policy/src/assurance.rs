//! Orders the ways in which a fact about a running program can be known.

use core::fmt;
use core::str::FromStr;

/// How well it is known what a program runs in, such as the digest of its image. The levels are ordered.
///
/// This is the *word* for a level: a policy demands one, a lock states one. It vouches for nothing. That a fact has a
/// level is told by `token_core::Assurance`, which only a verifier makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssuranceLevel {
    /// The program, its environment or a file said so. That stops mistakes, not thieves.
    #[default]
    Asserted,
    /// A signature says so that was verified under a key which the program cannot write.
    PlatformAttested,
    /// The hardware says so: a quote over a number that the verifier chose.
    HardwareAttested,
}

impl AssuranceLevel {
    /// All levels, the lowest first.
    pub const ALL: [AssuranceLevel; 3] = [
        AssuranceLevel::Asserted,
        AssuranceLevel::PlatformAttested,
        AssuranceLevel::HardwareAttested,
    ];

    /// Returns the word for the level: `asserted`, `platform-attested` or `hardware-attested`.
    pub const fn as_str(self) -> &'static str {
        match self {
            AssuranceLevel::Asserted => "asserted",
            AssuranceLevel::PlatformAttested => "platform-attested",
            AssuranceLevel::HardwareAttested => "hardware-attested",
        }
    }
}

impl fmt::Display for AssuranceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Reads the word that `Display` writes.
impl FromStr for AssuranceLevel {
    type Err = ParseAssuranceError;

    fn from_str(word: &str) -> Result<AssuranceLevel, ParseAssuranceError> {
        let mut levels = AssuranceLevel::ALL.into_iter();
        levels.find(|level| level.as_str() == word).ok_or(ParseAssuranceError(()))
    }
}

/// The error for a text that is not an [`AssuranceLevel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseAssuranceError(());

impl fmt::Display for ParseAssuranceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an assurance is `asserted`, `platform-attested` or `hardware-attested`")
    }
}

impl core::error::Error for ParseAssuranceError {}
