//! Defines the verdict on a change.

use core::fmt;

/// Says whether the new policy or table of routes, or a part of it, permits more or less than the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The new one permits the same as the old one.
    Equal,
    /// The new one permits less, and nothing that the old one did not.
    Narrower,
    /// The new one permits all that the old one did, and more.
    Wider,
    /// The new one permits something that the old one did not, and the old one something that the new one does not.
    Incomparable,
}

impl Verdict {
    /// Returns whether something is permitted that was not before.
    pub const fn is_widening(self) -> bool {
        matches!(self, Verdict::Wider | Verdict::Incomparable)
    }

    /// Returns the word for the verdict: `equal`, `narrower`, `wider` or `incomparable`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Equal => "equal",
            Verdict::Narrower => "narrower",
            Verdict::Wider => "wider",
            Verdict::Incomparable => "incomparable",
        }
    }

    /// Makes the verdict on two sets, from whether each is within the other.
    pub(crate) const fn of(new_within_old: bool, old_within_new: bool) -> Verdict {
        match (new_within_old, old_within_new) {
            (true, true) => Verdict::Equal,
            (true, false) => Verdict::Narrower,
            (false, true) => Verdict::Wider,
            (false, false) => Verdict::Incomparable,
        }
    }

    const fn is_narrowing(self) -> bool {
        matches!(self, Verdict::Narrower | Verdict::Incomparable)
    }

    /// Makes the verdict on two changes together.
    pub(crate) const fn and(self, other: Verdict) -> Verdict {
        Verdict::of(
            !self.is_widening() && !other.is_widening(),
            !self.is_narrowing() && !other.is_narrowing(),
        )
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
