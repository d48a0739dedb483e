//! Changes a lock: after a change of the policy, after a build, after a rotation.

use ::time::UtcDateTime;

use super::{Entry, Lock, LockedImage, LockedToken, ScopesDigest, Slot, SlotName};
use crate::{Policy, SourceDigest};

impl Lock {
    /// Makes the lock say what the policy says: it has the policy's slots and no others, each line states its kind's own
    /// digest and scopes, and the slot of an ephemeral kind has a line without a token. The tokens of other kinds, and
    /// what the lines are bound to, stay as they are.
    pub fn follow(&mut self, policy: &Policy) {
        let is_declared = |name: &SlotName| {
            let kind = policy.kind(name.kind());
            kind.is_some_and(|kind| kind.environments().iter().any(|it| it == name.environment()))
        };
        self.slots.retain(|name, _| is_declared(name));
        for rule in policy.slots() {
            let kind = rule.kind();
            let slot = self.slots.entry(SlotName::of(&rule)).or_default();
            if kind.is_ephemeral() {
                slot.previous = None;
                slot.current.get_or_insert_with(|| Entry::new(kind)).token = None;
            } else {
                slot.current.take_if(|entry| entry.token.is_none());
            }
            if let Some(entry) = &mut slot.current {
                entry.policy = kind.digest();
                entry.scopes = ScopesDigest::of(kind.closure());
            }
        }
    }

    /// Binds every current line of an environment to a source and an image. `None` leaves that fact out.
    ///
    /// A program that was built from another source is refused there from then on, so this belongs to its deployment.
    pub fn bind(
        &mut self,
        environment: &str,
        source: Option<SourceDigest>,
        image: Option<LockedImage>,
    ) {
        let slots = self.slots.iter_mut().filter(|(name, _)| name.environment() == environment);
        for entry in slots.filter_map(|(_, slot)| slot.current.as_mut()) {
            (entry.source, entry.image) = (source, image);
        }
    }
}

impl Slot {
    /// Puts a token in the place of the current one, which becomes the previous one until `retire_after`. What the line
    /// is bound to stays. Without a current line, `entry` is taken as it is.
    ///
    /// The line of a token that was previous until now is dropped: end that token first.
    pub fn replace(
        &mut self,
        token: LockedToken,
        retire_after: Option<UtcDateTime>,
        entry: &Entry,
    ) {
        let mut old = self.current.take();
        let mut new = old.clone().unwrap_or_else(|| entry.clone());
        (new.policy, new.scopes, new.token) = (entry.policy, entry.scopes, Some(token));
        if let Some(token) = old.as_mut().and_then(|entry| entry.token.as_mut()) {
            token.retire_after = retire_after.map(super::time::in_seconds);
        }
        self.previous = old.filter(|entry| entry.token.is_some());
        self.current = Some(new);
    }
}
