//! What a registry answers.

use token_core::{TokenId, record::Epoch};

use crate::{digest::Digest, row::Row};

/// What a registry says of itself with each answer, so that a node can tell a registry that has lost revocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// How far the registry has come.
    pub at: Epoch,
    /// Whether the node's own epoch, number and mark, is in the registry's history.
    pub knows_own: bool,
    /// Whether the registry is a replica or is being recovered, and may be behind.
    pub in_recovery: bool,
    /// Up to which number the history was pruned. What was revoked there, a node that has not come so far never learns.
    pub pruned_to: u64,
}

/// The answer to [`read`](super::Registry::read) and [`spend`](super::Registry::spend).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The registry, in a snapshot that is as old as the row or older.
    pub answer: Answer,
    /// The token.
    pub row: Option<Row>,
}

/// The answer to [`poll`](super::Registry::poll).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The registry.
    pub answer: Answer,
    /// How far this list goes: [`Answer::at`] if it is complete. If the node's own epoch is not in the history, it goes nowhere.
    pub listed: Epoch,
    /// The tokens that were revoked.
    pub tokens: Vec<TokenId>,
    /// The rules that were made, [`born_before`](Rule::born_before) their own number at the latest. A node forgets all tokens
    /// that they may match, and reads them again.
    pub rules: Vec<Rule>,
}

impl Feed {
    /// The number of tokens and rules after which a list may stop, at the end of a number.
    pub(super) const ENOUGH: usize = 1_000;
}

/// The answer to [`snapshot`](super::Registry::snapshot).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// How far the registry had come.
    pub at: Epoch,
    /// Whether it is a replica or is being recovered.
    pub in_recovery: bool,
    /// The tokens.
    pub rows: Vec<(Digest, Row)>,
}

/// The answer to [`revoke`](super::Registry::revoke) and [`revoke_matching`](super::Registry::revoke_matching).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// How far the registry has come.
    pub at: Epoch,
    /// Whether this call revoked something, so that [`at`](Self::at) is its own number.
    pub is_new: bool,
    /// How many tokens it revoked; zero for a rule.
    pub tokens: u64,
}

/// The answer to [`prune`](super::Registry::prune).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// How many rows are gone.
    pub rows: u64,
    /// Up to which number the history was pruned.
    pub pruned_to: u64,
}

/// Which tokens are meant: those for which all that is given is true. An empty rule means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// Those of this kind.
    pub kind: Option<String>,
    /// Those of this subject.
    pub subject: Option<String>,
    /// Those that were minted when there had been fewer revocations than this: [`Row::born`](crate::Row::born) is
    /// smaller. It is a number and not a time, since clocks differ.
    pub born_before: Option<u64>,
}

impl Rule {
    /// All tokens.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Only those of this kind.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Only those of this subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Only those that were minted when there had been fewer revocations than `n`.
    #[must_use]
    pub fn born_before(mut self, n: u64) -> Self {
        self.born_before = Some(n);
        self
    }

    /// The rule as it is kept by the number that it takes: it matches nothing that is minted later.
    pub(super) fn before(self, n: u64) -> Self {
        Self { born_before: Some(self.born_before.map_or(n, |given| given.min(n))), ..self }
    }

    /// Whether the rule matches a token of which this is known.
    #[must_use]
    pub fn matches(&self, row: &Row) -> bool {
        self.may_match(&row.kind, row.subject.as_deref())
            && self.born_before.is_none_or(|n| row.born < n)
    }

    /// Whether the rule may match, for who does not know when the token was minted.
    #[must_use]
    pub fn may_match(&self, kind: &str, subject: Option<&str>) -> bool {
        self.kind.as_deref().is_none_or(|own| own == kind)
            && self.subject.as_deref().is_none_or(|own| subject == Some(own))
    }
}
