//! Describes one change between two policies.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::Verdict;
use crate::report::{Finding, Place};
use crate::{Level, Position};

/// One change of a policy, and whether it permits more, less or the same.
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
    /// Returns the verdict on this change alone.
    pub fn bearing(&self) -> Verdict {
        self.bearing
    }

    /// Returns the name of the kind that changed. If the [aspect](Fact::aspect) is `Declared`, `Implies`, `Type` or
    /// `IssuerName`, it is the name of a scope instead; if it is `Environment`, `Release`, `Strict`, `Assurance` or `Slot`,
    /// that of an environment.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns what was changed about the subject.
    pub fn aspect(&self) -> Aspect {
        self.aspect
    }

    /// Returns the scope that the subject gained, lost or has in another form; `None` if the change is about something else.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Returns where the subject stands in the new policy, or `None` if it is no longer there.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Returns the change in words, such as the new value and the old one.
    pub fn change(&self) -> &str {
        &self.change
    }

    /// Returns the reason for the verdict: for example an act that is now permitted, or now refused.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns an act that is permitted now and was not before, or `None` if the change permits nothing new.
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

/// Which property of a kind or scope a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Aspect {
    /// A kind is new, or was removed.
    Kind,
    /// A kind's closure gained or lost a scope, or a scope in it has another `type` or issuer's name.
    Scope,
    /// How long a kind's tokens may live has changed.
    MaxLifetime,
    /// How far clocks may disagree has changed.
    Leeway,
    /// For whom a kind's tokens are meant has changed.
    Audience,
    /// How often a token may be used has changed.
    Uses,
    /// Where a kind's tokens come from has changed.
    Source,
    /// When a kind's tokens are replaced has changed.
    Rotate,
    /// By which steps a kind's tokens are replaced in CI has changed.
    Steps,
    /// Where the refresh token of a kind is kept has changed.
    Store,
    /// The prefix of a kind's tokens has changed.
    Format,
    /// Who answers for a kind's tokens has changed.
    Owner,
    /// A scope is newly declared, or no longer declared.
    Declared,
    /// A declared scope implies another scope that it did not imply before, or no longer implies it.
    Implies,
    /// Another Rust type stands for a declared scope.
    Type,
    /// A declared scope has another name at its issuer.
    IssuerName,
    /// An environment is newly declared, or no longer declared.
    Environment,
    /// Whether only releases run in an environment has changed.
    Release,
    /// Whether a token that is newer than the lock is refused in an environment has changed.
    Strict,
    /// How well it must be known in an environment which image runs has changed.
    Assurance,
    /// A kind has a slot in an environment, or has it no longer, or its tokens are listed there or not.
    Slot,
}

impl Aspect {
    /// Returns the word for the aspect. For most it is the key in the policy file.
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
            Aspect::Steps => "steps",
            Aspect::Store => "store",
            Aspect::Format => "format",
            Aspect::Owner => "owner",
            Aspect::Declared => "declared",
            Aspect::Implies => "implies",
            Aspect::Type => "type",
            Aspect::IssuerName => "name",
            Aspect::Environment => "environment",
            Aspect::Release => "release",
            Aspect::Strict => "strict",
            Aspect::Assurance => "assurance",
            Aspect::Slot => "slot",
        }
    }

    /// Returns what a fact with this aspect is about: the word `scope`, `kind` or `environment`.
    const fn subject(self) -> &'static str {
        match self {
            Aspect::Declared | Aspect::Implies | Aspect::Type | Aspect::IssuerName => "scope",
            Aspect::Kind
            | Aspect::Scope
            | Aspect::MaxLifetime
            | Aspect::Leeway
            | Aspect::Audience
            | Aspect::Uses
            | Aspect::Source
            | Aspect::Rotate
            | Aspect::Steps
            | Aspect::Store
            | Aspect::Format
            | Aspect::Owner => "kind",
            Aspect::Environment
            | Aspect::Release
            | Aspect::Strict
            | Aspect::Assurance
            | Aspect::Slot => "environment",
        }
    }
}
