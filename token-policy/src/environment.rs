//! Holds the rules of an environment, and the slots: the kinds in the environments.

use alloc::string::String;

use crate::{AssuranceLevel, KindRule, Policy, Position};

/// An environment that a policy declares: a place where its tokens are used, such as `production`.
///
/// A lock has a slot for each kind in each of its environments.
#[derive(Clone, Debug)]
pub struct EnvironmentRule {
    pub(crate) name: String,
    pub(crate) position: Position,
    pub(crate) description: Option<String>,
    pub(crate) release: bool,
    pub(crate) strict: bool,
    pub(crate) assurance: AssuranceLevel,
}

impl EnvironmentRule {
    /// Returns the environment's name, such as `production`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns where the environment's name stands.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns the policy's description of the environment, or `None` if there is none.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns whether only releases run there: a program whose source is unknown is refused.
    pub fn is_release(&self) -> bool {
        self.release
    }

    /// Returns whether a token that is newer than the deployed lock is refused there.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// Returns how well, at least, it must be known there which image a program runs in.
    pub fn assurance(&self) -> AssuranceLevel {
        self.assurance
    }
}

/// A slot: a token kind in an environment.
#[derive(Clone, Copy, Debug)]
pub struct SlotRule<'a> {
    kind: &'a KindRule,
    environment: &'a EnvironmentRule,
}

impl<'a> SlotRule<'a> {
    /// Returns the kind.
    pub fn kind(&self) -> &'a KindRule {
        self.kind
    }

    /// Returns the environment.
    pub fn environment(&self) -> &'a EnvironmentRule {
        self.environment
    }
}

impl Policy {
    /// Returns the declared environments, sorted by name.
    pub fn environments(&self) -> &[EnvironmentRule] {
        &self.environments
    }

    /// Returns the environment with this name, or `None` if the policy declares none.
    pub fn environment(&self, name: &str) -> Option<&EnvironmentRule> {
        let found = self.environments.binary_search_by(|rule| rule.name().cmp(name)).ok()?;
        self.environments.get(found)
    }

    /// Iterates over the slots, sorted by kind and then by environment.
    pub fn slots(&self) -> impl Iterator<Item = SlotRule<'_>> {
        self.kinds().iter().flat_map(move |kind| {
            let environments = kind.environments().iter();
            environments.filter_map(move |name| {
                Some(SlotRule { kind, environment: self.environment(name)? })
            })
        })
    }
}
