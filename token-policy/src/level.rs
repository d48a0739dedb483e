//! Defines how much a finding matters.

use core::fmt;

/// What a finding does to the run that made it. The levels are ordered: each is stricter than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The finding is not shown.
    Allow,
    /// The finding is shown.
    Warn,
    /// The finding is shown, and the run fails.
    Deny,
}

impl Level {
    /// Returns the word for the level in a policy: `allow`, `warn` or `deny`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
