//! A slot: a kind in an environment, and the tokens that are live there.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use super::{Entry, Handle};
use crate::{Position, SlotRule, kind_name};

/// The name of a slot. `Display` writes it as in the lock: `kind.environment`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotName {
    kind: String,
    environment: String,
}

impl SlotName {
    /// Names the slot of a kind in an environment. Returns `None` unless both are lowercase words joined by hyphens, as a
    /// policy has them.
    pub fn new(kind: &str, environment: &str) -> Option<SlotName> {
        let is_valid = kind_name::is_valid(kind) && kind_name::is_valid(environment);
        is_valid.then(|| SlotName { kind: kind.to_owned(), environment: environment.to_owned() })
    }

    /// Names a slot that a policy declares.
    pub fn of(slot: &SlotRule<'_>) -> SlotName {
        let (kind, environment) = (slot.kind().name(), slot.environment().name());
        SlotName { kind: kind.to_owned(), environment: environment.to_owned() }
    }

    /// Returns the kind's name.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the environment's name.
    pub fn environment(&self) -> &str {
        &self.environment
    }
}

impl fmt::Display for SlotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.environment)
    }
}

/// The lines of a slot. A slot without a `current` line has no token.
///
/// Two slots are equal if their lines are, wherever they stand.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Slot {
    /// The token that is in use; for an ephemeral kind, what its tokens are bound to.
    pub current: Option<Entry>,
    /// The token before it, while that may still be in use.
    pub previous: Option<Entry>,
    pub(super) position: Option<Position>,
}

impl Slot {
    /// Returns where the slot's header stands in the file that it was read from; `None` if it was not read.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Iterates over the lines: `current`, then `previous`.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.current.iter().chain(&self.previous)
    }

    /// Returns the handle that both tokens have.
    pub(super) fn shared_handle(&self) -> Option<&Handle> {
        let mut handles = self.entries().map(|entry| entry.token.as_ref()?.handle.as_ref());
        let current = handles.next()??;
        (handles.next()?? == current).then_some(current)
    }
}

impl PartialEq for Slot {
    fn eq(&self, other: &Slot) -> bool {
        self.current == other.current && self.previous == other.previous
    }
}

impl Eq for Slot {}
