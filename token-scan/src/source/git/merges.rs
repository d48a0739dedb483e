//! Merges of more than two branches, which git compares with one parent at a time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::RangeInclusive;

use crate::source::diff::Change;

/// Of merges that were compared with each parent, what none of the parents has.
pub(super) fn new_to_all_parents(changes: Vec<Change>) -> Vec<Change> {
    let mut merged = BTreeMap::<(String, Vec<u8>), (usize, Change)>::new();
    for change in changes {
        let key = (change.commit.clone(), change.path.clone());
        match merged.entry(key) {
            Entry::Vacant(place) => drop(place.insert((1, change))),
            Entry::Occupied(mut place) => {
                let (seen, kept) = place.get_mut();
                *seen += 1;
                kept.added = in_both(&kept.added, &change.added);
            }
        }
    }
    let parents = |change: &Change| change.commit.split(' ').skip(1).count();
    let new = merged.into_values().filter(|(seen, change)| *seen == parents(change));
    new.map(|(_, change)| change).filter(|change| !change.added.is_empty()).collect()
}

fn in_both(
    some: &[RangeInclusive<usize>],
    others: &[RangeInclusive<usize>],
) -> Vec<RangeInclusive<usize>> {
    let both = |one: &RangeInclusive<usize>, other: &RangeInclusive<usize>| {
        *one.start().max(other.start())..=*one.end().min(other.end())
    };
    let pairs = some.iter().flat_map(|one| others.iter().map(move |other| both(one, other)));
    pairs.filter(|range| !range.is_empty()).collect()
}
