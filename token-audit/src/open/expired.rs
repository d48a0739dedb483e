//! Remembers which openings have expired.

use std::collections::BTreeMap;

/// A set of indexes. An opening that has expired must be told from one that never existed, and an issuer's log has any
/// number of them, so a dense set takes about two bits for each index.
#[derive(Clone, Debug, Default)]
pub(super) struct Expired {
    /// For each group of 128 indexes one bit for each of them; no group is empty.
    groups: BTreeMap<u64, u128>,
}

impl Expired {
    pub(super) const fn new() -> Self {
        Self { groups: BTreeMap::new() }
    }

    pub(super) fn insert(&mut self, index: u64) {
        *self.groups.entry(group(index)).or_default() |= bit(index);
    }

    /// Removes an index, and returns whether it was there.
    pub(super) fn remove(&mut self, index: u64) -> bool {
        let Some(bits) = self.groups.get_mut(&group(index)) else { return false };
        let was_there = *bits & bit(index) != 0;
        *bits &= !bit(index);
        if *bits == 0 {
            self.groups.remove(&group(index));
        }
        was_there
    }
}

const fn group(index: u64) -> u64 {
    index / 128
}

const fn bit(index: u64) -> u128 {
    1 << (index % 128)
}
