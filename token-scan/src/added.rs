//! Which lines of a text are new.

use std::ops::RangeInclusive;

/// Some lines of a text.
pub(crate) type Ranges = Vec<RangeInclusive<usize>>;

/// Which lines of a text are new, in each change that brought the text.
#[derive(Debug, Default)]
pub(crate) struct Added {
    /// By change, the lines that are new compared with each of its parents, or with nothing.
    changes: Vec<Vec<Ranges>>,
}

impl Added {
    pub(crate) fn push(&mut self, parents: Vec<Ranges>) {
        self.changes.push(parents);
    }

    /// Whether what stands in these lines is new: to all parents of one of the changes.
    pub(crate) fn touches(&self, first: usize, last: usize) -> bool {
        let is_in = |range: &RangeInclusive<usize>| *range.start() <= last && first <= *range.end();
        let is_new = |parents: &Vec<Ranges>| parents.iter().all(|ranges| ranges.iter().any(is_in));
        self.changes.iter().any(is_new)
    }
}
