//! Knows the kinds of a policy by their slots in one environment.

use std::collections::BTreeMap;

use token_policy::lock::SlotName;
use token_policy::{KindRule, Policy, nearest};

use crate::failure::Failure;

/// The kinds that have a slot in an environment.
pub(super) struct Kinds<'p> {
    policy: &'p Policy,
    slots: BTreeMap<&'p str, (SlotName, &'p KindRule)>,
    /// Whether only some kinds were asked for.
    is_part: bool,
}

impl<'p> Kinds<'p> {
    pub(super) fn of(policy: &'p Policy, environment: &str) -> Kinds<'p> {
        let rules = policy.slots().filter(|rule| rule.environment().name() == environment);
        let slots = rules.map(|rule| (rule.kind().name(), (SlotName::of(&rule), rule.kind())));
        Kinds { policy, slots: slots.collect(), is_part: false }
    }

    /// Keeps these kinds. Fails if one of them has no slot here.
    pub(super) fn keep(&mut self, names: &[String]) -> Result<(), Failure> {
        if let Some(unknown) = names.iter().find(|name| self.listed(name).is_none()) {
            let failure = Failure::usage("no kind of this name has lines in this environment");
            let known = || self.all_listed().map(|(slot, _)| slot.kind());
            return Err(match nearest(unknown, known()) {
                Some(meant) => failure.help(format!("did you mean `{meant}`?")),
                None => {
                    failure.help("`tokens.toml` says which kinds it has, and which are ephemeral")
                }
            });
        }
        self.slots.retain(|name, _| names.iter().any(|kept| kept == name));
        self.is_part = true;
        Ok(())
    }

    /// Returns the slot of a kind whose tokens have lines, or `None` if it has no slot here or is ephemeral.
    pub(super) fn listed(&self, kind: &str) -> Option<&(SlotName, &'p KindRule)> {
        self.slots.get(kind).filter(|(_, rule)| !rule.is_ephemeral())
    }

    /// Iterates over the slots whose tokens have lines.
    pub(super) fn all_listed(&self) -> impl Iterator<Item = &(SlotName, &'p KindRule)> {
        self.slots.values().filter(|(_, rule)| !rule.is_ephemeral())
    }

    /// Returns whether the policy declares the kind, but not for this environment. If only some kinds were asked for, it
    /// is none of them.
    pub(super) fn is_elsewhere(&self, kind: &str) -> bool {
        !self.is_part && self.policy.kind(kind).is_some() && !self.slots.contains_key(kind)
    }
}
