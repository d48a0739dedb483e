//! Finds the word for a "did you mean …?".

use alloc::vec::Vec;
use core::mem;

/// The length of the longest word that gets a suggestion, in characters.
const MAX_CHARS: usize = 128;

/// The most mistakes by which two words that are alike may differ.
const MAX_MISTAKES: usize = 4;

/// A distance above every limit.
const FAR: usize = usize::MAX / 2;

/// Returns the known word most like `word`, or `None` if none is like it. Two words are alike if at most a third of the
/// characters are mistyped, and at most four.
///
/// A missing, extra or wrong character is one mistake, and so are two neighbours swapped. Of equally near words the
/// first wins.
///
/// ```
/// # use token_policy::nearest;
/// assert_eq!(nearest("scpoes", ["scopes", "source"].into_iter()), Some("scopes"));
/// assert_eq!(nearest("vault", ["scopes", "source"].into_iter()), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(MAX_CHARS + 1).collect();
    if word.len() > MAX_CHARS {
        return None;
    }
    let (mut best, mut limit) = (None, limit(word.len()));
    for candidate in known {
        if let Some(mistakes) = distance(&word, candidate, limit) {
            best = Some(candidate);
            // Only a nearer candidate may replace this one. At distance 0 there is none.
            let Some(lower) = mistakes.checked_sub(1) else { break };
            limit = lower;
        }
    }
    best
}

/// Returns how many mistakes a word of `length` characters may have. A word of one character may have none.
fn limit(length: usize) -> usize {
    if length < 2 { 0 } else { (length / 3).clamp(1, MAX_MISTAKES) }
}

/// Returns the number of mistakes between two words (optimal string alignment), or `None` if it is above `limit`.
fn distance(word: &[char], other: &str, limit: usize) -> Option<usize> {
    let length = other.chars().take(MAX_CHARS + 1).count();
    if length.abs_diff(word.len()) > limit || length > MAX_CHARS {
        return None;
    }
    let mut table = Table::new(word, limit);
    for c in other.chars() {
        // Distances never fall from row to row, so the comparison ends with a row that is too far.
        if table.advance(c) > limit {
            return None;
        }
    }
    table.current.last().copied().filter(|mistakes| *mistakes <= limit)
}

/// Holds the last three rows of the distance table. In a row, entry `i` is the distance from the first `i` characters
/// of the word. Entries further than `limit` from the diagonal are [`FAR`], since they can't lead to a distance within
/// the limit.
struct Table<'a> {
    word: &'a [char],
    limit: usize,
    before: Vec<usize>,
    previous: Vec<usize>,
    current: Vec<usize>,
    row: usize,
    last: Option<char>,
}

impl<'a> Table<'a> {
    fn new(word: &'a [char], limit: usize) -> Table<'a> {
        let current = (0..=word.len()).collect();
        Table { word, limit, before: Vec::new(), previous: Vec::new(), current, row: 0, last: None }
    }

    /// Adds one character of the other word, and returns the smallest distance in the new row.
    fn advance(&mut self, c: char) -> usize {
        mem::swap(&mut self.before, &mut self.previous);
        mem::swap(&mut self.previous, &mut self.current);
        self.current.clear();
        self.row += 1;
        self.current.push(self.row);
        let first = self.row.saturating_sub(self.limit + 1);
        self.current.resize(first + 1, FAR);
        let mut left = if first == 0 { self.row } else { FAR };
        let mut smallest = left;
        for (i, &w) in self.word.iter().enumerate().skip(first).take(2 * self.limit + 1) {
            left = self.cell(i, w, c, left);
            smallest = smallest.min(left);
            self.current.push(left);
        }
        self.current.resize(self.word.len() + 1, FAR);
        self.last = Some(c);
        smallest
    }

    fn cell(&self, i: usize, w: char, c: char, left: usize) -> usize {
        let at = |row: &[usize], i: usize| row.get(i).copied().unwrap_or(FAR);
        let replaced = at(&self.previous, i) + usize::from(w != c);
        let best = replaced.min(left + 1).min(at(&self.previous, i + 1) + 1);
        let swapped = i > 0 && self.last == Some(w) && self.word.get(i - 1) == Some(&c);
        if swapped { best.min(at(&self.before, i - 1) + 1) } else { best }
    }
}
