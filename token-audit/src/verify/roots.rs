//! Checks whether the records lead to the roots that were signed, pinned or stated in records.

use std::ops::Range;

use super::Finding;
use crate::{
    Action, Checkpoint, Record,
    merkle::{Edge, Hash},
};

/// Holds the tree over the records as they are now, and the roots to compare it with.
pub(super) struct Roots {
    edge: Edge,
    /// The sizes and roots that were signed or pinned, sorted by size.
    signed: Vec<(u64, Hash)>,
    /// The greatest size up to which the records lead to every root.
    good: u64,
    /// The greatest size below `good` up to which the records lead to every root. It replaces `good` if a second root
    /// of size `good` differs.
    good_before: u64,
    /// The least size at which the records do not lead to a root; `None` if they lead to every root.
    bad: Option<u64>,
    /// The indexes beyond the log's end that a pinned checkpoint covers; `None` if there is no such checkpoint.
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
        // A checkpoint of a later session shows an older copy, too, if it covers no more records.
        let mut theirs = pinned.iter().filter_map(Checkpoint::session);
        let is_reopened =
            newest.session().is_some_and(|ours| theirs.any(|theirs| ours.is_before(&theirs)));
        let end = end.or_else(|| is_reopened.then(|| newest.size()));
        let lost = end.map(|end| newest.size()..end);
        Self { edge: Edge::default(), signed, good: 0, good_before: 0, bad: None, lost }
    }

    /// Takes the next record. `root_at` returns the root that the tree had at a size, or `None` if it is unknown.
    pub(super) fn push(
        &mut self,
        entry: &[u8],
        leaf: &Hash,
        root_at: impl Fn(u64) -> Option<Hash>,
    ) {
        self.compare_signed();
        if has_root(entry)
            && let Ok(record) = Record::parse(entry)
            && let Action::Checkpointed { size, root, .. } = record.event.action
        {
            self.compare_stated(size, &root, root_at);
        }
        self.edge.push(leaf);
        drop(self.edge.take_full());
    }

    /// Compares the tree with a root that a record states. The writer puts a checkpoint on record after the records
    /// that it covers, directly or soon after them.
    fn compare_stated(&mut self, size: u64, root: &Hash, root_at: impl Fn(u64) -> Option<Hash>) {
        let here = self.edge.size();
        match size {
            _ if size == here => self.compare(here, self.edge.root() == *root),
            _ if size > here => self.compare(here + 1, false),
            _ if root_at(size).is_some_and(|known| known != *root) => self.compare(size, false),
            _ => {}
        }
    }

    /// Compares the tree as it is now with the signed roots of its size.
    pub(super) fn compare_signed(&mut self) {
        let size = self.edge.size();
        let first = self.signed.partition_point(|(signed, _)| *signed < size);
        let now = self.signed.iter().skip(first).take_while(|(signed, _)| *signed == size);
        for root in now.map(|(_, root)| *root).collect::<Vec<_>>() {
            self.compare(size, self.edge.root() == root);
        }
    }

    /// Returns whether the records, as they are, lead to every root.
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

    /// Yields the findings that only the roots show. `first` is the index of the first record that another finding is
    /// about, or `None` if there is no other.
    pub(super) fn findings(self, first: Option<u64>) -> impl Iterator<Item = Finding> {
        let unexplained = self.bad.filter(|bad| first.is_none_or(|first| *bad <= first));
        let within = self.good..unexplained.unwrap_or(self.good);
        let rewritten = unexplained.map(|_| Finding::Rewritten { within });
        rewritten.into_iter().chain(self.lost.map(|lost| Finding::RolledBack { lost }))
    }
}

/// Returns whether a record may state a root. Only such records are parsed.
fn has_root(entry: &[u8]) -> bool {
    const EVENT: &[u8] = b"\"event\":\"checkpointed\"";
    entry.len() < 512 && entry.windows(EVENT.len()).any(|window| window == EVENT)
}
