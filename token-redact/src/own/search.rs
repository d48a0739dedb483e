//! Finds any of several fixed strings, at the speed of memory.

use aho_corasick::{
    AhoCorasick, Input, Match, MatchKind, Span,
    packed::{Config, Searcher},
};
use std::{collections::BTreeSet, ops::Range};

use super::needle::Needle;

/// Finds where a needle may begin.
///
/// Needles are cut to stems, few enough for the vector instructions to look for all of them at the same time. The stems
/// are beginnings of public prefixes; nothing secret ever gets into these automata.
pub(super) struct Search {
    searcher: Stems,
    /// For each stem, which of the sorted needles begin with it.
    ranges: Vec<Range<usize>>,
}

enum Stems {
    Nothing,
    Packed(Searcher),
    /// For machines without suitable vector instructions, or for some hundred organizations.
    Automaton(AhoCorasick),
}

impl Search {
    /// Takes the needles in sorted order.
    pub(super) fn new(sorted: &[Needle]) -> Self {
        let mut stems = STEMS.iter().map(|len| stems(sorted, *len));
        let few = stems.clone().find(|stems| stems.len() <= MAX_STEMS).or(stems.next_back());
        let few = few.unwrap_or_default();
        let ranges = few.iter().map(|stem| range(sorted, stem)).collect();
        Self { searcher: Stems::new(&few), ranges }
    }

    /// The first place from `at` on where a needle may begin, and the range of the needles that may begin there.
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
            // It fails for more patterns than memory can hold.
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

/// Which needles begin with a stem.
fn range(sorted: &[Needle], stem: &[u8]) -> Range<usize> {
    let start = sorted.partition_point(|needle| needle.as_bytes() < stem);
    let others = sorted.get(start..).unwrap_or_default();
    start..start + others.partition_point(|needle| needle.as_bytes().starts_with(stem))
}

/// The different beginnings of needles, of at most `len` bytes.
fn stems(needles: &[Needle], len: usize) -> BTreeSet<Vec<u8>> {
    let stem = |needle: &Needle| needle.as_bytes().iter().take(len).copied().collect();
    needles.iter().map(stem).collect()
}

/// The lengths of stems that are tried. The shorter a stem is, the more kinds of an organization share it.
const STEMS: [usize; 5] = [16, 12, 10, 8, 6];

/// As many stems as the vector instructions search for well.
const MAX_STEMS: usize = 48;
