//! What differs between `tokens.lock` and what runs.

use alloc::string::String;
use core::fmt;

use token_policy::{AssuranceLevel, lock::SlotName};

/// A fact that is another one in the lock than was found. Both values are digests, ids, times, numbers or words of ours.
#[derive(Debug)]
pub(crate) struct LockDrift {
    /// `None` if the fact is about all slots of an environment.
    pub(crate) slot: Option<SlotName>,
    pub(crate) fact: &'static str,
    pub(crate) locked: String,
    pub(crate) found: String,
    /// How well it is known what was found; `None` if this program knows it by itself.
    pub(crate) assurance: Option<AssuranceLevel>,
    pub(crate) next: &'static str,
}

impl fmt::Display for LockDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { slot, fact, locked, found, assurance, next } = self;
        if let Some(slot) = slot {
            write!(f, "slot `{slot}`: ")?;
        }
        write!(f, "`{fact}` differs: {locked} in the lock, {found} here")?;
        if let Some(assurance) = assurance {
            write!(f, " ({assurance})")?;
        }
        write!(f, "; {next}")
    }
}
