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
    /// For each stem, the ranges of the sorted needles that begin with it.
    ranges: Vec<Ranges>,
}

/// A range of the exact needles, and one of those that are hexadecimal digits.
pub(super) type Ranges = [Range<usize>; 2];

enum Stems {
    Nothing,
    Packed(Searcher),
    /// Is used on machines without suitable vector instructions, and for some hundred organizations.
    Automaton(AhoCorasick),
}

impl Search {
    /// Makes a search for needles, which must be sorted. Those that are hexadecimal digits must be lowercase, and are
    /// found in either case.
    pub(super) fn new(exact: &[Needle], hex: &[Needle]) -> Self {
        let mut stems = STEMS.iter().map(|len| stems(exact, hex, *len));
        let few = stems.clone().find(|stems| stems.len() <= MAX_STEMS).or(stems.next_back());
        let few = few.unwrap_or_default();
        let ranges =
            few.iter().map(|stem| [range(exact, stem), range(hex, &stem.to_ascii_lowercase())]);
        let ranges = ranges.collect();
        Self { searcher: Stems::new(&few), ranges }
    }

    /// Returns the first place from `at` on at which a needle may begin, and the ranges of the needles that may begin
    /// there. Returns `None` if there is no such place.
    #[inline]
    pub(super) fn find(&self, text: &[u8], at: usize) -> Option<(usize, Ranges)> {
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

/// Returns the different beginnings of the needles, of at most `len` bytes, those of hexadecimal digits in each case.
///
/// A stem may be the beginning of another one. The search reports the shorter one then, since it comes first; its range
/// has the needles of both.
fn stems(exact: &[Needle], hex: &[Needle], len: usize) -> BTreeSet<Vec<u8>> {
    let stem = |needle: &Needle| needle.as_bytes().iter().take(len).copied().collect();
    let hex = hex.iter().flat_map(|needle| cases(hex_stem(needle.as_bytes(), len)));
    exact.iter().map(stem).chain(hex).collect()
}

/// Returns the beginning of a needle of hexadecimal digits: at most eight of them, and at most two letters.
fn hex_stem(needle: &[u8], len: usize) -> &[u8] {
    let mut letters = 0;
    let is_fit = |digit: &&u8| {
        letters += usize::from(digit.is_ascii_alphabetic());
        letters <= 2
    };
    let count = needle.iter().take(len.min(8)).take_while(is_fit).count();
    needle.get(..count).unwrap_or_default()
}

/// Returns a text with each of its letters in either case.
fn cases(text: &[u8]) -> Vec<Vec<u8>> {
    text.iter().fold(vec![Vec::new()], |begun, byte| {
        let both = BTreeSet::from([byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]);
        let with = |begun: &Vec<u8>, byte: &u8| [begun.as_slice(), &[*byte]].concat();
        begun.iter().flat_map(|begun| both.iter().map(move |byte| with(begun, byte))).collect()
    })
}

/// The lengths of stems that are tried. The shorter a stem is, the more kinds of an organization share it.
const STEMS: [usize; 5] = [16, 12, 10, 8, 6];

/// The most stems that the vector instructions search for well.
const MAX_STEMS: usize = 48;
