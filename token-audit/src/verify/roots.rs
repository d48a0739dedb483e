//! Whether the records lead to the roots that were signed, pinned or stated.

use std::ops::Range;

use super::Finding;
use crate::{
    Action, Checkpoint, Record,
    merkle::{Edge, Hash},
};

/// The tree over the records as they are, beside what was said of it.
pub(super) struct Roots {
    edge: Edge,
    /// Sizes and roots that are signed, in the order in which they are reached.
    signed: Vec<(u64, Hash)>,
    /// Up to here the records lead to every root.
    good: u64,
    /// The same for the last size below that: another root of the same size may differ.
    good_before: u64,
    /// The least size at which they do not.
    bad: Option<u64>,
    /// What a pinned checkpoint covered beyond the log's end.
    lost: Option<Range<u64>>,
}

impl Roots {
    pub(super) fn new(newest: &Checkpoint, pinned: &[Checkpoint]) -> Self {
        let all = pinned.iter().chain([newest]);
        let signed = all.map(|checkpoint| (checkpoint.size(), *checkpoint.root()));
        let (mut signed, beyond): (Vec<_>, Vec<_>) =
            signed.partition(|(size, _)| *size <= newest.size());
        signed.sort_unstable();
        let end = beyond.iter().map(|(size, _)| *size).max();
        let lost = end.map(|end| newest.size()..end);
        Self { edge: Edge::default(), signed, good: 0, good_before: 0, bad: None, lost }
    }

    /// The next record. `root_at` is the root that the tree had when it was of some size.
    pub(super) fn push(
        &mut self,
        entry: &[u8],
        leaf: &Hash,
        root_at: impl Fn(u64) -> Option<Hash>,
    ) {
        self.compare_signed();
        if has_root(entry)
            && let Ok(record) = Record::parse(entry)
            && let Action::Checkpointed { size, root } = record.event.action
        {
            self.compare_stated(size, &root, root_at);
        }
        self.edge.push(leaf);
        drop(self.edge.take_full());
    }

    /// The writer puts each checkpoint on record behind what it covers: right there, or soon after.
    fn compare_stated(&mut self, size: u64, root: &Hash, root_at: impl Fn(u64) -> Option<Hash>) {
        let here = self.edge.size();
        match size {
            _ if size == here => self.compare(here, self.edge.root() == *root),
            _ if size > here => self.compare(here + 1, false),
            _ if root_at(size).is_some_and(|known| known != *root) => self.compare(size, false),
            _ => {}
        }
    }

    /// Compares with what is signed of the tree as it is now.
    pub(super) fn compare_signed(&mut self) {
        let size = self.edge.size();
        let first = self.signed.partition_point(|(signed, _)| *signed < size);
        let now = self.signed.iter().skip(first).take_while(|(signed, _)| *signed == size);
        for root in now.map(|(_, root)| *root).collect::<Vec<_>>() {
            self.compare(size, self.edge.root() == root);
        }
    }

    /// Whether the records, as they are, lead to every root.
    pub(super) fn agree(&self) -> bool {
        self.bad.is_none()
    }

    pub(super) fn edge(&self) -> &Edge {
        &self.edge
    }

    fn compare(&mut self, size: u64, is_equal: bool) {
        match self.bad {
            None if !is_equal => {
                self.bad = Some(size);
                self.good = if self.good < size { self.good } else { self.good_before };
            }
            None if self.good < size => {
                self.good_before = self.good;
                self.good = size;
            }
            _ => {}
        }
    }

    /// What the roots alone show, beside what is known already of records up from `first`.
    pub(super) fn findings(self, first: Option<u64>) -> impl Iterator<Item = Finding> {
        let unexplained = self.bad.filter(|bad| first.is_none_or(|first| *bad <= first));
        let within = self.good..unexplained.unwrap_or(self.good);
        let rewritten = unexplained.map(|_| Finding::Rewritten { within });
        rewritten.into_iter().chain(self.lost.map(|lost| Finding::RolledBack { lost }))
    }
}

/// Only records that may state a root are parsed.
fn has_root(entry: &[u8]) -> bool {
    const EVENT: &[u8] = b"\"event\":\"checkpointed\"";
    entry.len() < 512 && entry.windows(EVENT.len()).any(|window| window == EVENT)
}
