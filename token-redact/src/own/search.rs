//! Finds any of several fixed strings, as fast as memory is read.

use aho_corasick::{
    AhoCorasick, Input, Match, MatchKind, Span,
    packed::{Config, Searcher},
};
use std::{collections::BTreeSet, ops::Range};

use super::needle::Needle;

/// Finds where a needle may begin.
///
/// The needles are cut to stems. There are so few of these that the vector instructions can look for all of them at the
/// same time. The stems are beginnings of public prefixes, so nothing secret ever gets into these automata.
pub(super) struct Search {
    searcher: Stems,
    /// For each stem, the range of the sorted needles that begin with it.
    ranges: Vec<Range<usize>>,
}

enum Stems {
    Nothing,
    Packed(Searcher),
    /// Is used on machines without suitable vector instructions, and for some hundred organizations.
    Automaton(AhoCorasick),
}

impl Search {
    /// Makes a search for needles, which must be sorted.
    pub(super) fn new(sorted: &[Needle]) -> Self {
        let mut stems = STEMS.iter().map(|len| stems(sorted, *len));
        let few = stems.clone().find(|stems| stems.len() <= MAX_STEMS).or(stems.next_back());
        let few = few.unwrap_or_default();
        let ranges = few.iter().map(|stem| range(sorted, stem)).collect();
        Self { searcher: Stems::new(&few), ranges }
    }

    /// Returns the first place from `at` on at which a needle may begin, and the range of the needles that may begin
    /// there. Returns `None` if there is no such place.
    #[inline]
    pub(super) fn find(&self, text: &[u8], at: usize) -> Option<(usize, Range<usize>)> {
        if at >= text.len() {
            return None;
        }
        let found = self.searcher.find(text, Span { start: at, end: text.len() })?;
        Some((found.start(), self.ranges.get(found.pattern().as_usize())?.clone()))
    }
}

impl Stems {
    fn new(stems: &BTreeSet<Vec<u8>>) -> Self {
        if stems.is_empty() {
            return Stems::Nothing;
        }
        let packed = Config::new().builder().extend(stems).build();
        let automaton = || AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(stems);
        match packed.map(Stems::Packed) {
            Some(search) => search,
            // Building the automaton fails only if there are more patterns than memory can hold.
            None => automaton().map_or(Stems::Nothing, Stems::Automaton),
        }
    }

    #[inline]
    fn find(&self, text: &[u8], span: Span) -> Option<Match> {
        match self {
            Stems::Nothing => None,
            Stems::Packed(searcher) => searcher.find_in(text, span),
            Stems::Automaton(automaton) => automaton.find(Input::new(text).span(span)),
        }
    }
}

/// Returns the range of the needles that begin with a stem.
fn range(sorted: &[Needle], stem: &[u8]) -> Range<usize> {
    let start = sorted.partition_point(|needle| needle.as_bytes() < stem);
    let others = sorted.get(start..).unwrap_or_default();
    start..start + others.partition_point(|needle| needle.as_bytes().starts_with(stem))
}

/// Returns the different beginnings of the needles, of at most `len` bytes.
fn stems(needles: &[Needle], len: usize) -> BTreeSet<Vec<u8>> {
    let stem = |needle: &Needle| needle.as_bytes().iter().take(len).copied().collect();
    needles.iter().map(stem).collect()
}

/// The lengths of stems that are tried. The shorter a stem is, the more kinds of an organization share it.
const STEMS: [usize; 5] = [16, 12, 10, 8, 6];

/// The most stems that the vector instructions search for well.
const MAX_STEMS: usize = 48;
