//! Knows which lines of a text are new.

use std::ops::RangeInclusive;

/// Ranges of line numbers, which count from 1.
pub(crate) type Ranges = Vec<RangeInclusive<usize>>;

/// The lines of a text that are new, for each change that added the text.
#[derive(Debug, Default)]
pub(crate) struct Added {
    /// For each change, and in it for each parent commit, the lines that are new compared with that parent. A change
    /// without a parent is compared with an empty text.
    changes: Vec<Vec<Ranges>>,
}

impl Added {
    /// Makes an `Added` for a text of which every line is new.
    pub(crate) fn everything() -> Added {
        Added { changes: vec![vec![vec![1..=usize::MAX]]] }
    }

    pub(crate) fn push(&mut self, parents: Vec<Ranges>) {
        self.changes.push(parents);
    }

    /// Returns whether the lines from `first` to `last` touch a new line. In at least one of the changes, they must
    /// touch a line that is new compared with the first parent, one that is new compared with the second, and so on.
    pub(crate) fn touches(&self, first: usize, last: usize) -> bool {
        let is_in = |range: &RangeInclusive<usize>| *range.start() <= last && first <= *range.end();
        let is_new = |parents: &Vec<Ranges>| parents.iter().all(|ranges| ranges.iter().any(is_in));
        self.changes.iter().any(is_new)
    }
}
