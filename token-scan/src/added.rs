//! Which lines of a text are new.

use std::ops::RangeInclusive;

/// Ranges of lines, which are counted from 1.
pub(crate) type Ranges = Vec<RangeInclusive<usize>>;

/// Which lines of a text are new, for each change that added the text.
#[derive(Debug, Default)]
pub(crate) struct Added {
    /// For each change, the lines that are new compared with each of its parents, or with nothing if it has no parent.
    changes: Vec<Vec<Ranges>>,
}

impl Added {
    pub(crate) fn push(&mut self, parents: Vec<Ranges>) {
        self.changes.push(parents);
    }

    /// Whether the lines from `first` to `last` contain new ones, compared with every parent of one of the changes.
    pub(crate) fn touches(&self, first: usize, last: usize) -> bool {
        let is_in = |range: &RangeInclusive<usize>| *range.start() <= last && first <= *range.end();
        let is_new = |parents: &Vec<Ranges>| parents.iter().all(|ranges| ranges.iter().any(is_in));
        self.changes.iter().any(is_new)
    }
}
