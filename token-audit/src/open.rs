//! Which tokens are open: by the record, a process holds them.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use time::UtcDateTime;

use super::{Action, Event, Record};
use token_core::TokenId;

/// The tokens that were opened and not closed, from all records in order.
///
/// An opening is the record of a token that a process holds from then on ([`Action::is_opening`]). It is named
/// by its index, since several processes may hold the same token, and each of them closes its own opening. In
/// doubt a token stays open: an auditor then asks about one token too many, and never misses one.
///
/// A closing record ([`Action::is_closing`])
///
/// - that names an opening closes that opening and no other: it is about one holder;
/// - that names an opening of *another* token closes nothing. One of the two records is wrong, and it is
///   not known which. If one of them has no token id, there is nothing to compare, and the index decides;
/// - that names no opening, of a token rotated, revoked or expired, closes every opening of that
///   token: the token is of no more use to any holder;
/// - that names no opening, of a token destroyed, closes nothing: one holder has wiped it, and it is not known which.
///
/// The memory that this needs grows with the number of open tokens, not with the number of records.
///
/// ```
/// use token_audit::{OpenTokens, Record};
/// use token_core::{TokenId, UtcDateTime, record::{Action, Event}};
///
/// let id = TokenId::of(b"ghp_exampleexampleexample");
/// let now = UtcDateTime::UNIX_EPOCH;
/// let event = |action| Event::new(action, "github-ci").token(id);
/// let mut open = OpenTokens::new();
///
/// open.apply(&Record::new(0, now, event(Action::Created)));
/// assert_eq!(open.len(), 1);
/// open.apply(&Record::new(1, now, event(Action::destroyed(Some(0)))));
/// assert!(open.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenTokens {
    tokens: BTreeMap<u64, OpenToken>,
    by_id: BTreeSet<(TokenId, u64)>,
    strays: u64,
}

/// A token that was opened and not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenToken {
    /// The index of the record that opened it.
    pub opened: u64,
    /// The time of that record.
    pub since: UtcDateTime,
    /// What opened it.
    pub event: Event,
}

impl OpenToken {
    /// How long it has been open; zero if the clock went back.
    #[must_use]
    pub fn age(&self, now: UtcDateTime) -> Duration {
        Duration::try_from(now - self.since).unwrap_or_default()
    }
}

impl OpenTokens {
    /// No open tokens: the state before the first record of a log.
    #[must_use]
    pub const fn new() -> Self {
        Self { tokens: BTreeMap::new(), by_id: BTreeSet::new(), strays: 0 }
    }

    /// Takes the next record of the log.
    pub fn apply(&mut self, record: &Record) {
        if record.event.action.is_opening() {
            self.open(record);
        } else if record.event.action.is_closing() {
            self.close(&record.event);
        }
    }

    /// The open tokens, in the order of their openings.
    pub fn iter(&self) -> impl Iterator<Item = &OpenToken> {
        self.tokens.values()
    }

    /// How many tokens are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no token is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The token that the record at this index opened, if it is still open.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<&OpenToken> {
        self.tokens.get(&index)
    }

    /// How many closing records named an opening and closed nothing: the opening was closed before,
    /// never existed, or is of another token. In a log that one recorder wrote there is no such record.
    #[must_use]
    pub const fn strays(&self) -> u64 {
        self.strays
    }

    fn open(&mut self, record: &Record) {
        let Record { index, time, ref event, .. } = *record;
        // No log has an index twice. If one has, the later record counts.
        self.take(index);
        self.by_id.extend(event.token.map(|id| (id, index)));
        self.tokens.insert(index, OpenToken { opened: index, since: time, event: event.clone() });
    }

    /// Closes what an event closes, and returns the tokens.
    pub(super) fn close(&mut self, event: &Event) -> Vec<OpenToken> {
        let Some(index) = event.action.closes() else {
            return self.close_all(event);
        };
        let closed = self.take_of(event.token, index);
        self.strays = self.strays.saturating_add(closed.is_none().into());
        closed.into_iter().collect()
    }

    fn close_all(&mut self, event: &Event) -> Vec<OpenToken> {
        let ends_for_all = matches!(
            event.action,
            Action::Rotated { .. } | Action::Revoked { .. } | Action::Expired { .. }
        );
        let Some(id) = event.token.filter(|_| ends_for_all) else {
            return Vec::new();
        };
        let range = self.by_id.range((id, 0)..=(id, u64::MAX));
        let opened: Vec<u64> = range.map(|(_, index)| *index).collect();
        opened.into_iter().filter_map(|index| self.take(index)).collect()
    }

    fn take_of(&mut self, token: Option<TokenId>, index: u64) -> Option<OpenToken> {
        let opened = self.tokens.get(&index)?.event.token;
        match (token, opened) {
            (Some(closed), Some(opened)) if closed != opened => None,
            _ => self.take(index),
        }
    }

    fn take(&mut self, index: u64) -> Option<OpenToken> {
        let token = self.tokens.remove(&index)?;
        if let Some(id) = token.event.token {
            self.by_id.remove(&(id, index));
        }
        Some(token)
    }
}

impl Extend<Record> for OpenTokens {
    fn extend<I: IntoIterator<Item = Record>>(&mut self, records: I) {
        records.into_iter().for_each(|record| self.apply(&record));
    }
}

impl FromIterator<Record> for OpenTokens {
    fn from_iter<I: IntoIterator<Item = Record>>(records: I) -> Self {
        let mut open = Self::new();
        open.extend(records);
        open
    }
}
