//! The rows of a registry in memory, and what may be done with them.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    time::Duration,
};

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};

use super::history::{History, What};
use crate::{
    digest::{Digest, Digests, PepperId},
    registry::{
        Pruned, Read, RegistryError, Revoked, Rule, Snapshot,
        settle::{self, Known, settle, whole},
    },
    row::{Row, State, Unfit},
};

#[cfg_attr(feature = "__test", derive(Clone))]
pub(super) struct Book {
    pub(super) history: History,
    entries: BTreeMap<TokenId, Entry>,
    by_digest: HashMap<Digest, TokenId>,
    children: HashMap<TokenId, Vec<TokenId>>,
    /// The rules that were made, with their numbers.
    rules: BTreeMap<u64, Rule>,
    peppers: Vec<Known>,
}

#[cfg_attr(feature = "__test", derive(Clone))]
struct Entry {
    digest: Digest,
    /// Its state is without the rules.
    row: Row,
    is_closed: bool,
}

impl Book {
    pub(super) fn new() -> Self {
        Self {
            history: History::new(),
            entries: BTreeMap::new(),
            by_digest: HashMap::new(),
            children: HashMap::new(),
            rules: BTreeMap::new(),
            peppers: Vec::new(),
        }
    }

    /// The row with its state by the rules.
    fn judged(&self, entry: &Entry) -> Row {
        Row { state: self.state(&entry.row), ..entry.row.clone() }
    }

    fn state(&self, row: &Row) -> State {
        match row.state {
            State::Live | State::Spent => {
                match self.rules.iter().find(|(_, rule)| rule.matches(row)) {
                    Some((&n, _)) => State::Revoked { n },
                    None => row.state,
                }
            }
            State::Revoked { .. } => row.state,
        }
    }

    pub(super) fn insert(
        &mut self,
        digest: Digest,
        row: Row,
        now: UtcDateTime,
    ) -> Result<Result<(), Unfit>, RegistryError> {
        let mut born = self.history.at().n;
        if let Some(parent) = row.parent {
            let Some(parent) = self.entries.get(&parent) else {
                return Ok(Err(Unfit::ParentUnknown));
            };
            if let Err(unfit) = row.check_below(&self.judged(parent), now) {
                return Ok(Err(unfit));
            }
            born = parent.row.born;
        }
        if self.entries.contains_key(&row.token) || self.by_digest.contains_key(&digest) {
            return Err(RegistryError::Duplicate);
        }
        let row = settle(row, born)?;
        if let Some(parent) = row.parent {
            self.children.entry(parent).or_default().push(row.token);
        }
        self.by_digest.insert(digest, row.token);
        self.entries.insert(row.token, Entry { digest, row, is_closed: false });
        Ok(Ok(()))
    }

    pub(super) fn revoke(&mut self, token: TokenId) -> Result<Revoked, RegistryError> {
        let (mut level, mut found) = (vec![token], Vec::new());
        while !level.is_empty() {
            let rows = level.iter().filter_map(|token| self.entries.get(token));
            let is_revoked = |row: &Row| matches!(self.state(row), State::Revoked { .. });
            let rows = rows.filter(|entry| !is_revoked(&entry.row));
            found.extend(rows.map(|entry| entry.row.token));
            let children = level.iter().filter_map(|token| self.children.get(token));
            level = children.flatten().copied().collect();
        }
        if found.is_empty() {
            return Ok(Revoked { at: self.history.at(), is_new: false, tokens: 0 });
        }
        let at = self.history.advance(What::Tokens(found.clone()))?;
        let tokens = found.len() as u64;
        for token in found {
            self.change(token, |entry| entry.row.state = State::Revoked { n: at.n });
        }
        Ok(Revoked { at, is_new: true, tokens })
    }

    pub(super) fn revoke_matching(&mut self, rule: Rule) -> Result<Revoked, RegistryError> {
        let rule = rule.before(self.history.next());
        let at = self.history.advance(What::Matching(rule.clone()))?;
        self.rules.insert(at.n, rule);
        Ok(Revoked { at, is_new: true, tokens: 0 })
    }

    pub(super) fn read(&self, digests: Digests, own: Epoch) -> Read {
        let token = digests.iter().find_map(|digest| self.by_digest.get(&digest));
        let entry = token.and_then(|token| self.entries.get(token));
        Read { answer: self.history.answer(own), row: entry.map(|entry| self.judged(entry)) }
    }

    pub(super) fn spend(
        &mut self,
        digests: Digests,
        own: Epoch,
        audience: Option<&str>,
        build: Option<SourceDigest>,
        now: UtcDateTime,
    ) -> Read {
        let before = self.read(digests, own);
        let can_be_spent = |row: &&Row| row.can_be_spent(audience, build, now);
        if let Some(row) = before.row.as_ref().filter(can_be_spent) {
            self.change(row.token, |entry| entry.row.state = State::Spent);
        }
        before
    }

    pub(super) fn snapshot(&self, limit: usize, now: UtcDateTime) -> Snapshot {
        let alive = self
            .entries
            .values()
            .filter(|entry| entry.row.expires_at > now && self.state(&entry.row) == State::Live);
        let mut rows: Vec<_> = alive.map(|entry| (entry.digest, entry.row.clone())).collect();
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.last_used));
        rows.truncate(limit);
        Snapshot { at: self.history.at(), in_recovery: false, rows }
    }

    pub(super) fn touch(&mut self, used: Vec<(TokenId, UtcDateTime)>) {
        for (token, moment) in used {
            self.change(token, |entry| {
                entry.row.last_used = entry.row.last_used.max(Some(whole(moment)));
            });
        }
    }

    pub(super) fn show(&self, token: TokenId) -> Option<Row> {
        self.entries.get(&token).map(|entry| self.judged(entry))
    }

    pub(super) fn list(&self, matching: &Rule, after: Option<TokenId>, limit: usize) -> Vec<Row> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let entries = self.entries.range((from, Bound::Unbounded)).map(|(_, entry)| entry);
        let found = entries.filter(|entry| matching.matches(&entry.row)).take(limit);
        found.map(|entry| self.judged(entry)).collect()
    }

    pub(super) fn unclosed(&self, log: &str, limit: usize) -> Vec<Row> {
        let opened_here = |row: &Row| row.origin.as_ref().is_some_and(|origin| origin.log == log);
        let entries =
            self.entries.values().filter(|entry| !entry.is_closed && opened_here(&entry.row));
        let rows = entries.map(|entry| self.judged(entry));
        rows.filter(|row| row.state != State::Live).take(limit).collect()
    }

    pub(super) fn close(&mut self, tokens: Vec<TokenId>) {
        tokens.into_iter().for_each(|token| self.change(token, |entry| entry.is_closed = true));
    }

    pub(super) fn prune(&mut self, expired_before: UtcDateTime) -> Pruned {
        let before = self.entries.len();
        let mut pruned_to = 0;
        self.entries.retain(|_, Entry { row, .. }| {
            let stays = row.expires_at >= expired_before;
            if let (false, State::Revoked { n }) = (stays, row.state) {
                pruned_to = pruned_to.max(n);
            }
            stays
        });
        let entries = &self.entries;
        self.by_digest.retain(|_, token| entries.contains_key(token));
        self.children.retain(|parent, children| {
            children.retain(|child| entries.contains_key(child));
            entries.contains_key(parent)
        });
        self.rules.retain(|&n, rule| {
            let stays = entries.values().any(|entry| rule.matches(&entry.row));
            pruned_to = if stays { pruned_to } else { pruned_to.max(n) };
            stays
        });
        self.history.prune(pruned_to);
        let rows = (before - self.entries.len()) as u64;
        Pruned { rows, pruned_to: self.history.pruned_to() }
    }

    pub(super) fn use_pepper(
        &mut self,
        current: PepperId,
        previous: Option<PepperId>,
        now: UtcDateTime,
        longest: Duration,
    ) -> Result<(), RegistryError> {
        self.peppers = settle::take_pepper(&self.peppers, current, previous, now, longest)?;
        Ok(())
    }

    fn change(&mut self, token: TokenId, how: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(&token) {
            how(entry);
        }
    }
}
