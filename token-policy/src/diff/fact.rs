//! One change between two policies.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::Verdict;
use crate::report::{Finding, Place};
use crate::{Level, Position};

/// One change of a policy, and how it bears on what is permitted.
///
/// `Display` writes it on one line: `bearing: subject: change; reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub(super) bearing: Verdict,
    pub(super) subject: String,
    pub(super) aspect: Aspect,
    pub(super) scope: Option<String>,
    pub(super) position: Option<Position>,
    pub(super) change: String,
    pub(super) reason: String,
}

impl Fact {
    /// The verdict on this change alone.
    pub fn bearing(&self) -> Verdict {
        self.bearing
    }

    /// The name of the kind, or of the scope if the [aspect](Fact::aspect) is one of a declared scope.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What was changed.
    pub fn aspect(&self) -> Aspect {
        self.aspect
    }

    /// The scope that the subject gained or lost, if the change is about one.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Where the subject stands in the new policy, if it is there.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The change in words, such as the old value and the new one.
    pub fn change(&self) -> &str {
        &self.change
    }

    /// Why the change has this bearing: for example an act that is now permitted, or now refused.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// An act that is now permitted and was not before, if there is one.
    pub fn witness(&self) -> Option<&str> {
        self.bearing.is_widening().then_some(&self.reason)
    }

    pub(super) fn finding(&self, file: &str) -> Finding {
        let (code, level) = match self.bearing {
            Verdict::Equal => ("policy-changed", Level::Allow),
            Verdict::Narrower => ("policy-narrower", Level::Allow),
            Verdict::Wider => ("policy-wider", Level::Deny),
            Verdict::Incomparable => ("policy-incomparable", Level::Deny),
        };
        let word = self.aspect.subject();
        let message = format!("{word} `{}`: {}; {}", self.subject, self.change, self.reason);
        let mut finding = Finding::new(code, level, message).fact(word, &*self.subject);
        if let Some(scope) = self.scope() {
            finding = finding.fact("scope", scope);
        }
        match self.position {
            Some(place) => finding.at(Place::new(file, place.line, place.column)),
            None => finding,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fact { bearing, subject, aspect, change, reason, .. } = self;
        write!(f, "{bearing}: {} `{subject}`: {change}; {reason}", aspect.subject())
    }
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Aspect {
    /// A kind is new, or gone.
    Kind,
    /// A scope is new in a kind's closure, or gone from it.
    Scope,
    /// How long a kind's tokens may live.
    MaxLifetime,
    /// How far clocks may disagree.
    Leeway,
    /// Whom a kind's tokens are for.
    Audience,
    /// How often a token may be used.
    Uses,
    /// Where a kind's tokens come from.
    Source,
    /// When a kind's tokens are replaced.
    Rotate,
    /// What a kind's tokens begin with.
    Format,
    /// Who answers for a kind's tokens.
    Owner,
    /// A scope is declared, or no longer.
    Declared,
    /// A declared scope implies another, or no longer.
    Implies,
}

impl Aspect {
    /// The word for it, which for most is the key in the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Aspect::Kind => "kind",
            Aspect::Scope => "scope",
            Aspect::MaxLifetime => "max_lifetime",
            Aspect::Leeway => "leeway",
            Aspect::Audience => "audience",
            Aspect::Uses => "uses",
            Aspect::Source => "source",
            Aspect::Rotate => "rotate",
            Aspect::Format => "format",
            Aspect::Owner => "owner",
            Aspect::Declared => "declared",
            Aspect::Implies => "implies",
        }
    }

    /// The word for what a fact with this aspect is about: a scope or a kind.
    const fn subject(self) -> &'static str {
        match self {
            Aspect::Declared | Aspect::Implies => "scope",
            Aspect::Kind
            | Aspect::Scope
            | Aspect::MaxLifetime
            | Aspect::Leeway
            | Aspect::Audience
            | Aspect::Uses
            | Aspect::Source
            | Aspect::Rotate
            | Aspect::Format
            | Aspect::Owner => "kind",
        }
    }
}
