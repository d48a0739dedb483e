//! What one log says about the end of tokens.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use token_core::{
    TokenId, UtcDateTime,
    record::{Action, Epoch, Event, Log},
};

use super::{Records, Unread};
use crate::{
    error::{Cause, Error},
    registry::Rule,
};

/// What one log says.
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) log: Option<Arc<dyn Log>>,
    pub(super) records: u64,
    /// The tokens that have ended: `true` for revoked, `false` for used up or taken back.
    pub(super) ended: HashMap<TokenId, bool>,
    /// The rules, in the order of the log.
    pub(super) rules: Vec<Recorded>,
    /// Each epoch on record, one that stands behind itself once, in the order of the log.
    pub(super) epochs: Vec<Told>,
    /// The openings of tokens that no record has closed, by their index.
    births: HashMap<u64, TokenId>,
    /// Why reading has ended before the end.
    pub(super) unread: Option<Unread>,
    /// Records whose event this version does not know. They may be revocations.
    pub(super) unknown: u64,
    /// Whether the log itself says that there is more.
    pub(super) is_short: bool,
}

/// An epoch on record.
pub(super) struct Told {
    pub(super) at: Epoch,
    /// Whether, if the registry knows it, all that stands before was made, or made again.
    pub(super) settles: bool,
}

/// A rule on record.
pub(super) struct Recorded {
    pub(super) at: Epoch,
    pub(super) rule: Rule,
    /// Whether it was narrower when it was made, by a number that the record has only in words.
    pub(super) is_wider: bool,
}

impl Facts {
    pub(super) fn of(name: String, log: Option<Arc<dyn Log>>) -> Self {
        Self {
            name,
            log,
            records: 0,
            ended: HashMap::new(),
            rules: Vec::new(),
            epochs: Vec::new(),
            births: HashMap::new(),
            unread: None,
            unknown: 0,
            is_short: false,
        }
    }

    pub(super) fn read(&mut self, records: Records<'_>, expired: UtcDateTime) {
        for record in records {
            match record {
                Ok((index, event)) => self.take(index, event, expired),
                Err(error) => {
                    self.unread = Some(error);
                    return;
                }
            }
        }
    }

    fn take(&mut self, index: u64, event: Event, expired: UtcDateTime) {
        self.records += 1;
        self.note_epoch(&event);
        match event.action {
            Action::Created | Action::Narrowed { .. } => self.born(index, &event, expired),
            Action::Revoked { closes, .. } => self.revoked(closes, event),
            Action::Destroyed { closes, .. } => self.used(closes, &event),
            Action::Other { name, .. } if name == RECONCILED => {}
            // What is held, and what has ended by itself.
            Action::Admitted
            | Action::Exposed { .. }
            | Action::Overdue { .. }
            | Action::Behind { .. }
            | Action::Rotated { .. }
            | Action::Expired { .. }
            | Action::Refused { .. }
            | Action::Checkpointed { .. } => {}
            _ => self.unknown += 1,
        }
    }

    fn note_epoch(&mut self, event: &Event) {
        let Some(at) = event.epoch else { return };
        let settles = settles(event);
        if settles || self.epochs.last().is_none_or(|last| last.at != at) {
            self.epochs.push(Told { at, settles });
        }
    }

    fn born(&mut self, index: u64, event: &Event, expired: UtcDateTime) {
        if let Some(token) = event.token.filter(|_| !event.is_expired_at(expired)) {
            self.births.insert(index, token);
        }
    }

    fn revoked(&mut self, closes: Option<u64>, event: Event) {
        if let Some(own) = closes.filter(|_| event.origin.is_none()) {
            self.births.remove(&own);
        }
        match (event.token, closes, event.epoch) {
            (Some(token), ..) => {
                self.ended.insert(token, true);
            }
            (None, None, Some(at)) => self.rules.push(Recorded::new(at, event)),
            // A token without an id is none of an issuer's.
            (None, Some(_), _) => {}
            // A rule, perhaps, with an epoch that this version does not understand.
            (None, None, None) => self.unknown += 1,
        }
    }

    /// A holder that drops a token says so with the same event. What it closes is an admission, and ends nothing for others.
    fn used(&mut self, closes: Option<u64>, event: &Event) {
        let own = closes.filter(|_| event.origin.is_none());
        let born = own.and_then(|index| self.births.get(&index).copied().map(|born| (index, born)));
        if let Some((index, token)) = born.filter(|(_, born)| Some(*born) == event.token) {
            self.births.remove(&index);
            self.ended.entry(token).or_insert(false);
        }
    }

    /// Asks a log that can be written whether these were all of its records.
    pub(super) fn check_end(&mut self) -> Result<(), Error> {
        let Some(log) = self.log.as_ref().filter(|_| self.unread.is_none()) else { return Ok(()) };
        let standing = log.standing().map_err(Cause::NotReadBack)?;
        let last = self.epochs.last().map(|told| told.at);
        let is_known = |index| self.births.contains_key(index);
        let mut open = standing.open.iter().filter(|opening| {
            matches!(opening.event.action, Action::Created | Action::Narrowed { .. })
                && opening.event.token.is_some()
                && !self.ended.contains_key(&opening.event.token.unwrap_or(NOBODY))
        });
        self.is_short = last != standing.epoch || !open.all(|opening| is_known(&opening.index));
        Ok(())
    }

    /// Whether all that stands in it was read and understood.
    pub(super) fn is_whole(&self) -> bool {
        self.unread.is_none() && self.unknown == 0 && !self.is_short
    }

    /// The tokens that are open on record.
    pub(super) fn open(&self) -> HashSet<TokenId> {
        let open = self.births.values().filter(|token| !self.ended.contains_key(token));
        open.copied().collect()
    }
}

impl Recorded {
    /// The rule is the last part of the event's facts: its kind and subject, and its own number. It matched what was minted before that
    /// number, and what the backup has was.
    fn new(at: Epoch, event: Event) -> Self {
        let mut rule = Rule::all().born_before(at.n);
        rule.kind = Some(event.kind.into_owned()).filter(|kind| !kind.is_empty());
        rule.subject = event.subject.map(std::borrow::Cow::into_owned);
        let is_wider =
            event.reason.is_some_and(|reason| reason.starts_with(super::super::end::LIMITED));
        Self { at, rule, is_wider }
    }
}

/// Whether it is the end of a run, or a rule that ends all tokens.
fn settles(event: &Event) -> bool {
    match &event.action {
        Action::Other { name, .. } => name == RECONCILED,
        Action::Revoked { closes: None, .. } => {
            let limited = |reason: &str| reason.starts_with(super::super::end::LIMITED);
            let is_limited = event.reason.as_deref().is_some_and(limited);
            event.token.is_none() && event.kind.is_empty() && event.subject.is_none() && !is_limited
        }
        _ => false,
    }
}

/// The name of the event that stands behind all that was made again.
pub(super) const RECONCILED: &str = "reconciled";

const NOBODY: TokenId = TokenId::from_bytes([0; 16]);
