//! Finds with which of many needles a text begins, at a cost that does not grow with their number.

use std::{iter::successors, ops::Range};

use token_policy::format::MAX_ENCODED_BYTES;
use zeroize::Zeroize;

use super::{needle::Needle, search::Search};

/// The fixed strings with which tokens begin.
pub(super) struct Needles {
    exact: Sorted,
    /// Those of hexadecimal digits, whose letters may be of either case in a text. Here they are lowercase.
    hex: Sorted,
    search: Search,
    /// For each byte, the set of the bytes that follow it at the beginning of a needle. Of these only the lowest six
    /// bits are kept.
    begins: [u64; 256],
    /// For each byte, whether a needle has it.
    has: [bool; 256],
    max_len: usize,
}

/// Needles, sorted by their bytes.
struct Sorted {
    needles: Vec<Needle>,
    /// For each needle, the index of the longest other needle with which it begins or to which it is equal.
    beginnings: Vec<Option<usize>>,
}

impl Needles {
    pub(super) fn new(needles: Vec<Needle>) -> Self {
        let (hex, exact): (Vec<Needle>, Vec<Needle>) =
            needles.into_iter().partition(Needle::is_hex);
        let (exact, hex) = (Sorted::new(exact), Sorted::new(hex));
        let (mut begins, mut has) = ([0_u64; 256], [false; 256]);
        let bytes = exact.needles.iter().map(|needle| needle.as_bytes().to_vec());
        let hexes = hex.needles.iter().map(Needle::as_bytes);
        let hexes = hexes.flat_map(|bytes| [bytes.to_vec(), bytes.to_ascii_uppercase()]);
        for bytes in bytes.chain(hexes) {
            if let [first, second, ..] = bytes.as_slice() {
                let follow = [*second, second.to_ascii_lowercase(), second.to_ascii_uppercase()];
                let follow = follow.iter().fold(0, |follow, byte| follow | 1 << (byte % 64));
                mark(&mut begins, *first, |begins| *begins |= follow);
            }
            bytes.iter().for_each(|byte| mark(&mut has, *byte, |has| *has = true));
        }
        let lens = [&exact, &hex].into_iter().flat_map(|sorted| &sorted.needles);
        let max_len = lens.map(|needle| needle.as_bytes().len()).max();
        let search = Search::new(&exact.needles, &hex.needles);
        Self { search, exact, hex, begins, has, max_len: max_len.unwrap_or_default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.exact.needles.is_empty()
    }

    /// Calls `found` for each needle in the text, with the place at which it stands.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, &Needle)) {
        let mut at = 0;
        while let Some((start, [exact, hex])) = self.search.find(text, at) {
            let rest = text.get(start..).unwrap_or_default();
            self.exact.among(rest, exact).for_each(|needle| found(start, needle));
            if !hex.is_empty() {
                lowercase(rest, |rest| {
                    self.hex.among(rest, hex).for_each(|needle| found(start, needle));
                });
            }
            at = start + 1;
        }
    }

    /// Yields the needles with which `text` begins, as they are.
    pub(super) fn beginning<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = &'a Needle> {
        self.exact.among(text, 0..self.exact.needles.len())
    }

    /// Returns the place at which the beginning of a needle stands at the end of the text, or the end of the text if
    /// there is none.
    pub(super) fn partial(&self, text: &[u8]) -> usize {
        let tail = text.get(text.len().saturating_sub(self.max_len)..).unwrap_or_default();
        let others = tail.iter().rposition(|byte| !is_marked(&self.has, *byte));
        let tail = others.and_then(|at| tail.get(at + 1..)).unwrap_or(tail);
        let begins = |at: &usize| {
            let rest = tail.get(*at..).unwrap_or_default();
            self.may_begin(rest.iter().copied())
                && (self.may_become(rest) || self.may_become_hex(rest))
        };
        let first = (0..tail.len()).find(begins);
        first.map_or(text.len(), |at| text.len() - tail.len() + at)
    }

    /// Returns whether a needle may begin with the first two bytes of `text`. This rules out most texts.
    pub(super) fn may_begin(&self, mut text: impl Iterator<Item = u8>) -> bool {
        let Some(first) = text.next() else { return false };
        let follow = self.begins.get(usize::from(first)).copied().unwrap_or_default();
        text.next().map_or(follow != 0, |second| follow >> (second % 64) & 1 == 1)
    }

    /// Returns whether a needle begins with `text`, as it is.
    pub(super) fn may_become(&self, text: &[u8]) -> bool {
        self.exact.may_become(text)
    }

    /// Returns whether a needle of hexadecimal digits begins with `text`.
    fn may_become_hex(&self, text: &[u8]) -> bool {
        lowercase(text, |text| self.hex.may_become(text))
    }
}

impl Sorted {
    fn new(mut needles: Vec<Needle>) -> Self {
        // Of kinds with the same prefix, the first one must be found first, so it comes last among its equals.
        needles.reverse();
        needles.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
        Self { beginnings: beginnings(&needles), needles }
    }

    /// Yields the needles with which `text` begins, the longest first. The caller knows that the longest one is in the
    /// range `among`.
    ///
    /// In sorted order, every string between a needle and a text that begins with this needle begins with it too. So
    /// all needles with which the text begins are beginnings of the last needle that is not greater than the text.
    fn among<'a>(
        &'a self,
        text: &'a [u8],
        among: Range<usize>,
    ) -> impl Iterator<Item = &'a Needle> {
        let before = among.start;
        let among = self.needles.get(among).unwrap_or_default();
        let last = before + among.partition_point(|needle| needle.as_bytes() <= text);
        successors(last.checked_sub(1), |at| self.beginnings.get(*at).copied().flatten())
            .filter_map(|at| self.needles.get(at))
            .filter(|needle| text.starts_with(needle.as_bytes()))
    }

    /// Returns whether a needle begins with `text`. If any does, the first needle that is not less than `text` does.
    fn may_become(&self, text: &[u8]) -> bool {
        let first = self.needles.partition_point(|needle| needle.as_bytes() < text);
        self.needles.get(first).is_some_and(|needle| needle.as_bytes().starts_with(text))
    }
}

/// Calls `with` with the beginning of a text in lowercase, as long as the longest needle.
fn lowercase<T>(text: &[u8], with: impl FnOnce(&[u8]) -> T) -> T {
    let mut lower = [0; MAX_ENCODED_BYTES];
    let count =
        lower.iter_mut().zip(text).map(|(to, from)| *to = from.to_ascii_lowercase()).count();
    let result = with(lower.get(..count).unwrap_or_default());
    lower.zeroize();
    result
}

/// Returns, for each of the sorted needles, the index of the longest other needle with which it begins or to which it
/// is equal.
fn beginnings(sorted: &[Needle]) -> Vec<Option<usize>> {
    let mut beginnings: Vec<Option<usize>> = Vec::with_capacity(sorted.len());
    for (at, needle) in sorted.iter().enumerate() {
        let before = successors(at.checked_sub(1), |at| beginnings.get(*at).copied().flatten());
        let begins = |at: &usize| {
            let other = sorted.get(*at).map(Needle::as_bytes);
            other.is_some_and(|other| needle.as_bytes().starts_with(other))
        };
        let longest = before.clone().find(begins);
        beginnings.push(longest);
    }
    beginnings
}

fn mark<T>(table: &mut [T; 256], byte: u8, mark: impl FnOnce(&mut T)) {
    if let Some(place) = table.get_mut(usize::from(byte)) {
        mark(place);
    }
}

fn is_marked(table: &[bool; 256], byte: u8) -> bool {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}
