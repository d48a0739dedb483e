//! Finds the open tokens: those that a process holds, according to the records.

mod expired;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use time::UtcDateTime;

use self::expired::Expired;
use super::{Event, Record};
use token_core::TokenId;

/// Holds the tokens that were opened, and neither closed nor expired. It needs all records of the log, in order.
///
/// An opening is the record of a token that a process holds from then on ([`Action::is_opening`](super::Action)). An
/// opening is identified by the index of its record, since several processes may hold the same token, and each of them
/// closes its own opening. In doubt a token stays open: an auditor then asks about one token too many, and never misses
/// one.
///
/// Two things end an opening:
///
/// - A closing record. [`Event::closes`] has the rules which one it closes.
/// - The token's expiry ([`Event::expires_at`](field@Event::expires_at)), if the time is known: start with
///   [`at`](Self::at), or call [`expire`](Self::expire). Whoever issues tokens that live for minutes need not record the
///   end of each of them.
///
/// The memory that this needs grows with the number of open tokens, not with the number of records. A log of which most
/// openings have expired takes about two bits more for each record.
///
/// ```
/// use token_audit::{OpenTokens, Record};
/// use token_core::{TokenId, UtcDateTime, record::{Action, Event}};
///
/// let id = TokenId::of(b"acme_deploy_4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD0c1Kx2");
/// let now = UtcDateTime::UNIX_EPOCH;
/// let event = |action| Event::new(action, "github-ci").token(id);
/// let mut open = OpenTokens::new();
///
/// open.apply(&Record::new(0, now, event(Action::Created)));
/// assert_eq!(open.len(), 1);
/// open.apply(&Record::new(1, now, event(Action::destroyed(Some(0)))));
/// assert!(open.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct OpenTokens {
    tokens: BTreeMap<u64, OpenToken>,
    by_id: BTreeSet<(TokenId, u64)>,
    by_expiry: BTreeSet<(UtcDateTime, u64)>,
    /// The time at which the tokens are open.
    now: UtcDateTime,
    expired: Expired,
    strays: u64,
    /// How many events the records say were lost.
    missed: u64,
}

/// A token that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenToken {
    /// The index of the record that opened the token.
    pub opened: u64,
    /// The time of that record.
    pub since: UtcDateTime,
    /// The event that opened the token.
    pub event: Event,
}

impl OpenToken {
    /// Returns how long the token has been open. It is zero if the clock went back.
    #[must_use]
    pub fn age(&self, now: UtcDateTime) -> Duration {
        Duration::try_from(now - self.since).unwrap_or_default()
    }
}

impl OpenTokens {
    /// Makes the state before the first record of a log, in which no token is open.
    #[must_use]
    pub const fn new() -> Self {
        Self::at(UtcDateTime::MIN)
    }

    /// Makes the state before the first record of a log, for the question which tokens are open at `now`. An opening
    /// whose token has expired by then counts as closed.
    #[must_use]
    pub const fn at(now: UtcDateTime) -> Self {
        Self {
            tokens: BTreeMap::new(),
            by_id: BTreeSet::new(),
            by_expiry: BTreeSet::new(),
            now,
            expired: Expired::new(),
            strays: 0,
            missed: 0,
        }
    }

    /// Closes the openings whose tokens have expired by `now`, and from then on takes openings of such tokens as closed.
    /// Time does not go back: an earlier `now` than before changes nothing.
    pub fn expire(&mut self, now: UtcDateTime) {
        self.now = self.now.max(now);
        while self.by_expiry.first().is_some_and(|(expiry, _)| *expiry <= self.now) {
            if let Some((_, index)) = self.by_expiry.pop_first() {
                self.take(index);
                self.expired.insert(index);
            }
        }
    }

    /// Takes the next record of the log.
    pub fn apply(&mut self, record: &Record) {
        self.missed = self.missed.saturating_add(record.missed);
        if record.event.action.is_opening() {
            self.open(record);
        } else if record.event.action.is_closing() {
            self.close(&record.event);
        }
    }

    /// Iterates over the open tokens, in the order of their openings.
    pub fn iter(&self) -> impl Iterator<Item = &OpenToken> {
        self.tokens.values()
    }

    /// Returns how many tokens are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Returns whether no token is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Returns the token that the record at this index opened, or `None` if it opened none or the token is closed.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<&OpenToken> {
        self.tokens.get(&index)
    }

    /// Returns how many closing records named an opening of this log and closed nothing, because the opening was closed
    /// before, never existed, or is of another token. A log that one recorder wrote has no such record. The first closing
    /// of an opening that has expired is none: the token was found expired, or revoked, or dropped later.
    #[must_use]
    pub const fn strays(&self) -> u64 {
        self.strays
    }

    /// Returns how many events were lost, according to the records: the sum of their [`missed`](Record::missed). The end of
    /// a token that is open here may be among them.
    #[must_use]
    pub const fn missed(&self) -> u64 {
        self.missed
    }

    fn open(&mut self, record: &Record) {
        let Record { index, time, ref event, .. } = *record;
        // No log should have an index twice. If one has, the later record replaces the earlier one.
        self.take(index);
        self.expired.remove(index);
        if event.is_expired_at(self.now) {
            self.expired.insert(index);
            return;
        }
        self.by_expiry.extend(event.expires_at.map(|expiry| (expiry, index)));
        self.by_id.extend(event.token.map(|id| (id, index)));
        self.tokens.insert(index, OpenToken { opened: index, since: time, event: event.clone() });
    }

    /// Closes the openings that an event closes, and returns them.
    pub(super) fn close(&mut self, event: &Event) -> Vec<OpenToken> {
        match event.action.closes() {
            // The opening is in another log.
            Some(_) if event.origin.is_some() => Vec::new(),
            Some(index) => {
                let closed = self.take_closed(event, index);
                let is_stray = closed.is_none() && !self.expired.remove(index);
                self.strays = self.strays.saturating_add(is_stray.into());
                closed.into_iter().collect()
            }
            None => self.close_all(event),
        }
    }

    /// Closes what an event closes that names no opening.
    fn close_all(&mut self, event: &Event) -> Vec<OpenToken> {
        let Some(id) = event.token else { return Vec::new() };
        let range = self.by_id.range((id, 0)..=(id, u64::MAX));
        let opened: Vec<u64> = range.map(|(_, index)| *index).collect();
        opened.into_iter().filter_map(|index| self.take_closed(event, index)).collect()
    }

    fn take_closed(&mut self, event: &Event, index: u64) -> Option<OpenToken> {
        match event.closes(index, &self.tokens.get(&index)?.event) {
            true => self.take(index),
            false => None,
        }
    }

    fn take(&mut self, index: u64) -> Option<OpenToken> {
        let token = self.tokens.remove(&index)?;
        if let Some(id) = token.event.token {
            self.by_id.remove(&(id, index));
        }
        if let Some(expiry) = token.event.expires_at {
            self.by_expiry.remove(&(expiry, index));
        }
        Some(token)
    }
}

impl Default for OpenTokens {
    fn default() -> Self {
        Self::new()
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
