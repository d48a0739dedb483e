//! Which record stands where: edited, removed, moved, inserted.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::audit::{
    merkle::{Hash, TILE_WIDTH},
    record,
};

/// The places at which something else stands than was logged there. Empty for an intact log.
#[derive(Default)]
pub(super) struct Places {
    /// Where the record that was logged there is not.
    missing: BTreeSet<u64>,
    /// Where something stands that was never logged.
    foreign: BTreeSet<u64>,
    /// Records that stand somewhere else: their index, and where.
    moved: BTreeMap<u64, u64>,
}

impl Places {
    /// Something stands at `place`. `end` is where its bundle should end, and `leaves` are the hashes of
    /// what should be in that bundle, if they are known.
    pub(super) fn entry(
        &mut self,
        place: u64,
        end: u64,
        entry: &[u8],
        hash: &Hash,
        leaves: Option<&[Hash]>,
    ) {
        let start = place.min(end.saturating_sub(1)) / TILE_WIDTH * TILE_WIDTH;
        let known = |index: u64| leaves?.get(usize::try_from(index.checked_sub(start)?).ok()?);
        let is_here = known(place).map_or(leaves.is_none(), |leaf| leaf == hash);
        if is_here && leaves.is_some() {
            return;
        }
        let stated = record::index_of(entry);
        if place < end && leaves.is_none() && stated == Some(place) {
            return;
        }
        if self.missing.len() > MOST {
            return;
        }
        if place < end {
            self.missing.insert(place);
        }
        // A record of another bundle is believed at its word: its own bundle misses it.
        let is_known = |index: &u64| known(*index).is_none_or(|leaf| leaf == hash);
        match stated.filter(|index| *index != place).filter(is_known) {
            Some(index) => _ = self.moved.insert(index, place),
            None => _ = self.foreign.insert(place),
        }
    }

    /// Nothing stands at `place`.
    pub(super) fn nothing(&mut self, place: u64) {
        if self.missing.len() <= MOST {
            self.missing.insert(place);
        }
    }

    /// In order of the records, and the first record that any is about.
    pub(super) fn findings(mut self, size: u64) -> (Vec<Finding>, Option<u64>) {
        // What claims to be a record that is where it belongs, or that there never was, is foreign.
        let (missing, foreign) = (&self.missing, &mut self.foreign);
        self.moved.retain(|index, place| {
            let is_ours = missing.contains(index) && *index < size;
            if !is_ours {
                foreign.insert(*place);
            }
            is_ours
        });
        let gone = |index: &u64| self.missing.contains(index) && !self.moved.contains_key(index);
        let mut findings = Vec::new();
        for index in self.foreign.iter().copied() {
            findings.push(match gone(&index) {
                true => (index, Finding::Edited { index }),
                false => (index, Finding::Inserted { before: index }),
            });
        }
        let removed = self.missing.iter().filter(|index| gone(index) && !self.foreign.contains(index));
        findings.extend(ranges(removed.copied()).map(|indexes| (indexes.start, Finding::Removed { indexes })));
        findings.extend(self.reordered().map(|index| (index, Finding::Reordered { index })));
        findings.sort_by_key(|(index, _)| *index);
        let first = findings.first().map(|(index, _)| *index);
        (findings.into_iter().map(|(_, finding)| finding).collect(), first)
    }

    /// A record that moved up, or down, with all its neighbours is not out of order: others are gone, or were inserted.
    fn reordered(&self) -> impl Iterator<Item = u64> {
        let by_place: BTreeMap<u64, u64> =
            self.moved.iter().map(|(index, place)| (*place, *index)).collect();
        let is_gone = |i: u64| self.missing.contains(&i) && !self.moved.contains_key(&i);
        let is_reordered = |(place, index): (&u64, &u64)| {
            let before = place.checked_sub(1);
            let next = match before.and_then(|before| by_place.get(&before)) {
                Some(before) => before + 1,
                // In place, or the first.
                None if before.is_none_or(|before| !self.missing.contains(&before)) => *place,
                // Edited or inserted: that says nothing of what follows.
                None => return false,
            };
            let is_behind_gap = next < *index && (next..*index).all(is_gone);
            *index != next && !is_behind_gap
        };
        let reordered: Vec<u64> =
            by_place.iter().filter(|moved| is_reordered(*moved)).map(|(_, index)| *index).collect();
        reordered.into_iter()
    }
}

/// Indexes that follow one another, as ranges.
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

/// So that a log of which nothing is left takes no more memory than an intact one.
const MOST: usize = 100_000;
