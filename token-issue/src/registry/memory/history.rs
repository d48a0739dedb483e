//! What was revoked, in the order of the numbers.

use std::{collections::BTreeMap, ops::Bound};

use token_core::{TokenId, record::Epoch};

use crate::registry::{Answer, Feed, RegistryError, Rule, settle};

/// The epoch, and what was revoked at each number.
#[cfg_attr(feature = "__test", derive(Clone))]
pub(super) struct History {
    at: Epoch,
    pruned_to: u64,
    /// From `pruned_to` to `at`.
    entries: BTreeMap<u64, Entry>,
}

#[cfg_attr(feature = "__test", derive(Clone))]
struct Entry {
    mark: [u8; 16],
    what: What,
}

/// What was revoked at once.
#[cfg_attr(feature = "__test", derive(Clone))]
pub(super) enum What {
    /// These tokens. None at the number 0.
    Tokens(Vec<TokenId>),
    /// All that match.
    Matching(Rule),
}

impl History {
    pub(super) fn new() -> Self {
        // Where there is no entropy no token is made either, so it does not matter that all such histories look the same.
        let mark = settle::mark().unwrap_or_default();
        let start = Entry { mark, what: What::Tokens(Vec::new()) };
        Self { at: Epoch { n: 0, mark }, pruned_to: 0, entries: BTreeMap::from([(0, start)]) }
    }

    pub(super) const fn at(&self) -> Epoch {
        self.at
    }

    pub(super) const fn pruned_to(&self) -> u64 {
        self.pruned_to
    }

    /// The number that the next revocation takes.
    pub(super) const fn next(&self) -> u64 {
        self.at.n + 1
    }

    /// Takes the next number.
    pub(super) fn advance(&mut self, what: What) -> Result<Epoch, RegistryError> {
        self.at = Epoch { n: self.next(), mark: settle::mark()? };
        self.entries.insert(self.at.n, Entry { mark: self.at.mark, what });
        Ok(self.at)
    }

    pub(super) fn answer(&self, own: Epoch) -> Answer {
        let knows_own = self.entries.get(&own.n).is_some_and(|entry| entry.mark == own.mark);
        Answer { at: self.at, knows_own, in_recovery: false, pruned_to: self.pruned_to }
    }

    /// Forgets what was revoked up to `n`. The mark of `n` stays, so that a node that has come that far is known.
    pub(super) fn prune(&mut self, n: u64) {
        self.pruned_to = self.pruned_to.max(n.min(self.at.n));
        self.entries = self.entries.split_off(&self.pruned_to);
    }

    pub(super) fn feed(&self, own: Epoch) -> Feed {
        let answer = self.answer(own);
        let mut feed = Feed { answer, listed: own, tokens: Vec::new(), rules: Vec::new() };
        if !answer.knows_own {
            return feed;
        }
        for (&n, entry) in self.entries.range((Bound::Excluded(own.n), Bound::Unbounded)) {
            if feed.tokens.len() + feed.rules.len() >= Feed::ENOUGH {
                break;
            }
            match &entry.what {
                What::Tokens(tokens) => feed.tokens.extend(tokens),
                What::Matching(rule) => feed.rules.push(rule.clone()),
            }
            feed.listed = Epoch { n, mark: entry.mark };
        }
        feed
    }
}
