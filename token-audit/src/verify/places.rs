//! Compares the index at which each entry stands with the index at which it was logged. The differences say whether it
//! was edited, removed, moved or inserted.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::{
    merkle::{Hash, TILE_WIDTH},
    record,
};

/// The indexes ("places") at which another entry stands than the one that was logged there. For an intact log all of
/// its sets are empty.
#[derive(Default)]
pub(super) struct Places {
    /// The places at which the logged record does not stand.
    missing: BTreeSet<u64>,
    /// The entries that were never logged: for each, by its place, the index that it states itself (`None` if it states
    /// none).
    foreign: BTreeMap<u64, Option<u64>>,
    /// The places at which an entry stands as it was logged, but is not a record with that index.
    malformed: BTreeSet<u64>,
    /// The records that stand at another place: for each, by its index, that place.
    moved: BTreeMap<u64, u64>,
}

impl Places {
    /// Takes the entry that stands at `place`. `end` is where its bundle should end. `leaves` are the hashes of the
    /// entries that should be in this bundle, or `None` if they are unknown; `elsewhere` returns the hash of an entry
    /// of another bundle.
    pub(super) fn entry(
        &mut self,
        place: u64,
        end: u64,
        entry: &[u8],
        hash: &Hash,
        leaves: Option<&[Hash]>,
        elsewhere: impl Fn(u64) -> Option<Hash>,
    ) {
        let start = place.min(end.saturating_sub(1)) / TILE_WIDTH * TILE_WIDTH;
        let known = |index: u64| leaves?.get(usize::try_from(index.checked_sub(start)?).ok()?);
        let is_here = known(place).map_or(leaves.is_none(), |leaf| leaf == hash);
        let stated = record::index_of(entry);
        if is_here && leaves.is_some() {
            // The entry is the one that was logged here, since its hash is in the tree. If it is not a record that
            // states this index, the log's own writer has logged and signed something wrong.
            let is_record = stated == Some(place) && is_json(entry);
            if !is_record && self.malformed.len() < MOST {
                self.malformed.insert(place);
            }
            return;
        }
        if place < end && leaves.is_none() && stated == Some(place) {
            return;
        }
        if self.is_full() {
            return;
        }
        if place < end {
            self.missing.insert(place);
        }
        // If no hash is known for the index that the entry states, the entry is taken for the record with that index.
        let is_known = |index: &u64| {
            let leaf = known(*index).copied().or_else(|| elsewhere(*index));
            leaf.is_none_or(|leaf| leaf == *hash)
        };
        match stated.filter(|index| *index != place).filter(is_known) {
            Some(index) => self.found(index, place),
            None => _ = self.foreign.insert(place, stated),
        }
    }

    /// Takes a record that stands at another place. If there are two copies of it, the copy that is nearer to the right
    /// place counts as the record, and the other one as never logged.
    fn found(&mut self, index: u64, place: u64) {
        let other = self.moved.get(&index).copied();
        let is_nearer = other.is_none_or(|other| index.abs_diff(place) < index.abs_diff(other));
        if is_nearer {
            self.moved.insert(index, place);
        }
        let copy = if is_nearer { other } else { Some(place) };
        self.foreign.extend(copy.map(|copy| (copy, Some(index))));
    }

    /// Takes a place at which no entry stands.
    pub(super) fn nothing(&mut self, place: u64) {
        if !self.is_full() {
            self.missing.insert(place);
        }
    }

    /// Returns whether so many places are wrong that no further ones are kept.
    pub(super) fn is_full(&self) -> bool {
        self.missing.len() > MOST
    }

    /// Returns the findings, sorted by the index of the record that each is about, and the first of these indexes
    /// (`None` if there is no finding).
    pub(super) fn findings(mut self, size: u64) -> (Vec<Finding>, Option<u64>) {
        // If an entry states the index of a record which is in its place, or which never existed, the entry was never
        // logged.
        let (missing, foreign) = (&self.missing, &mut self.foreign);
        self.moved.retain(|index, place| {
            let is_ours = missing.contains(index) && *index < size;
            if !is_ours {
                foreign.insert(*place, Some(*index));
            }
            is_ours
        });
        let edited = self.edited();
        let mut findings: Vec<_> =
            edited.values().map(|&index| (index, Finding::Edited { index })).collect();
        let inserted = self.inserted(&edited);
        findings.extend(inserted.map(|before| (before, Finding::Inserted { before })));
        let reordered = self.reordered(&edited).into_iter();
        findings.extend(reordered.map(|index| (index, Finding::Reordered { index })));
        let edited: BTreeSet<u64> = edited.into_values().collect();
        let is_removed = |index: &&u64| self.is_gone(**index) && !edited.contains(*index);
        let removed = self.missing.iter().filter(is_removed);
        findings.extend(
            ranges(removed.copied()).map(|indexes| (indexes.start, Finding::Removed { indexes })),
        );
        let malformed = self.malformed.iter().map(|&index| (index, Finding::Malformed { index }));
        findings.extend(malformed);
        findings.sort_by_key(|(index, _)| *index);
        let first = findings.first().map(|(index, _)| *index);
        (findings.into_iter().map(|(_, finding)| finding).collect(), first)
    }

    fn is_gone(&self, index: u64) -> bool {
        self.missing.contains(&index) && !self.moved.contains_key(&index)
    }

    /// Returns, for each place of an entry that was never logged, the index of the record that was edited into this
    /// entry. It is the index that the entry states, or otherwise that of the place itself, and only counts if the
    /// record with this index is gone. Other entries are left out.
    fn edited(&self) -> BTreeMap<u64, u64> {
        let mut edited = BTreeMap::new();
        let mut taken = BTreeSet::new();
        let in_place = |(place, claimed): &(&u64, &Option<u64>)| **claimed == Some(**place);
        let (certain, others): (Vec<_>, Vec<_>) = self.foreign.iter().partition(in_place);
        for (&place, &claimed) in certain.into_iter().chain(others) {
            let candidates = claimed.into_iter().chain([place]);
            let index =
                candidates.into_iter().find(|index| self.is_gone(*index) && taken.insert(*index));
            edited.extend(index.map(|index| (place, index)));
        }
        edited
    }

    /// Returns, for each entry that was never logged and is not an edited record, the index of the record before which
    /// it stands.
    fn inserted(&self, edited: &BTreeMap<u64, u64>) -> impl Iterator<Item = u64> {
        let by_place = self.by_place();
        let mut next = None;
        let inserted = self.foreign.keys().rev().filter(|place| !edited.contains_key(*place));
        inserted.map(move |&place| {
            let behind = next.filter(|(other, _)| *other == place + 1).map(|(_, before)| before);
            // If an entry took another's place, the next record may still stand in its own place.
            let in_place = self.missing.contains(&place) && !self.missing.contains(&(place + 1));
            let here = || by_place.get(&(place + 1)).copied().or(in_place.then_some(place + 1));
            let before = behind.or_else(here).unwrap_or(place);
            next = Some((place, before));
            before
        })
    }

    fn by_place(&self) -> BTreeMap<u64, u64> {
        self.moved.iter().map(|(index, place)| (*place, *index)).collect()
    }

    /// Returns the records that are out of order. A record that moved together with all its neighbours is not out of
    /// order: other entries were removed, moved away or inserted before it.
    fn reordered(&self, edited: &BTreeMap<u64, u64>) -> Vec<u64> {
        let by_place = self.by_place();
        let in_place = |place: u64| (!self.missing.contains(&place)).then_some(place);
        let at = |place: u64| by_place.get(&place).copied().or_else(|| in_place(place));
        let mut reordered = Vec::new();
        let (mut last, mut next) = (None, 0);
        for place in self.disturbed(&by_place) {
            if last != place.checked_sub(1) {
                next = place;
            }
            last = Some(place);
            let Some(index) = at(place).filter(|_| !self.foreign.contains_key(&place)) else {
                next = edited.get(&place).map_or(next, |index| next.max(index + 1));
                continue;
            };
            let is_alone = at(place + 1) != Some(index + 1);
            let is_explained = match is_alone {
                true => self.follows(index, next, |_| false),
                false => {
                    place == index
                        || self.follows(index, next, |index| self.moved.contains_key(&index))
                }
            };
            if !is_explained {
                reordered.push(index);
            }
            next = if is_alone && !is_explained { next + 1 } else { index + 1 };
            if reordered.len() > super::MAX_FINDINGS {
                break;
            }
        }
        reordered
    }

    /// Returns the places of moved entries and of entries that were never logged, and the place after each.
    fn disturbed(&self, by_place: &BTreeMap<u64, u64>) -> BTreeSet<u64> {
        let places = by_place.keys().chain(self.foreign.keys());
        places.flat_map(|place| [*place, place + 1]).collect()
    }

    /// Returns whether every record from `next` up to `index` is gone or `is_away`, so that `index` may follow here.
    fn follows(&self, index: u64, next: u64, is_away: impl Fn(u64) -> bool) -> bool {
        next <= index && (next..index).all(|index| self.is_gone(index) || is_away(index))
    }
}

/// Returns whether the entry has the syntax of JSON. Only the syntax is checked, since parsing the whole record would
/// take longer than all other checks.
fn is_json(entry: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(entry).is_ok()
}

/// Joins indexes that follow one another into ranges.
fn ranges(indexes: impl Iterator<Item = u64>) -> impl Iterator<Item = std::ops::Range<u64>> {
    let mut indexes = indexes.peekable();
    std::iter::from_fn(move || {
        let start = indexes.next()?;
        let mut end = start + 1;
        while indexes.next_if_eq(&end).is_some() {
            end += 1;
        }
        Some(start..end)
    })
}

/// The most places that are kept. This bounds the memory for a log of which no record is left.
const MOST: usize = 100_000;
