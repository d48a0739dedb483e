//! Keeps the `[scan]` table: what a scan for tokens does about what it finds.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Level;

/// What a policy says about scans for tokens. It holds what is written, and nothing else: what counts where the policy
/// says nothing, and which names mean something, is known by the scanner.
///
/// ```
/// use token_policy::{Level, Policy};
///
/// let policy = Policy::parse("version = 1
/// [scan]
/// defaults   = 2
/// guess      = 'deny'     # a sort of findings
/// stripe-key = 'warn'     # the findings of one rule
/// ")?;
/// assert_eq!(policy.scan().defaults(), Some(2));
/// let levels: Vec<_> = policy.scan().levels().collect();
/// assert_eq!(levels, [("guess", Level::Deny), ("stripe-key", Level::Warn)]);
/// # Ok::<(), token_policy::PolicyErrors>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanRules {
    pub(crate) defaults: Option<u32>,
    pub(crate) levels: Vec<(String, Level)>,
}

impl ScanRules {
    /// Returns the version of the levels that count where the policy gives none, or `None` if the policy doesn't say.
    pub fn defaults(&self) -> Option<u32> {
        self.defaults
    }

    /// Yields the levels that the policy gives, each with the name of a sort of findings, a rule or a code; sorted by name.
    pub fn levels(&self) -> impl Iterator<Item = (&str, Level)> {
        self.levels.iter().map(|(name, level)| (name.as_str(), *level))
    }
}
