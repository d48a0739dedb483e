//! Finding one of some fixed strings, at the speed of memory.

use aho_corasick::{
    AhoCorasick, Input, MatchKind, Span,
    packed::{Config, Searcher},
};
use std::{collections::BTreeSet, vec::Vec};

use super::needle::Needle;

/// Finds where a needle may begin.
///
/// Needles are cut to stems that are so few that the vector instructions can look for all of them at the same time. The
/// stems are beginnings of public prefixes; nothing secret ever gets into these automata.
pub(super) enum Search {
    Nothing,
    Packed(Searcher),
    /// On machines without vector instructions that fit, or for some hundred organizations.
    Automaton(AhoCorasick),
}

impl Search {
    pub(super) fn new(needles: &[Needle]) -> Self {
        if needles.is_empty() {
            return Search::Nothing;
        }
        let mut stems = STEMS.iter().map(|len| stems(needles, *len));
        let few = stems.clone().find(|stems| stems.len() <= MAX_STEMS).or(stems.next_back());
        let few = few.unwrap_or_default();
        let packed = Config::new().builder().extend(&few).build();
        let automaton = || AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&few);
        match packed.map(Search::Packed) {
            Some(search) => search,
            // It fails for more patterns than memory can hold.
            None => automaton().map_or(Search::Nothing, Search::Automaton),
        }
    }

    /// The first place from `at` on where a needle may begin.
    #[inline]
    pub(super) fn find(&self, text: &[u8], at: usize) -> Option<usize> {
        if at >= text.len() {
            return None;
        }
        let span = Span { start: at, end: text.len() };
        match self {
            Search::Nothing => None,
            Search::Packed(searcher) => searcher.find_in(text, span).map(|found| found.start()),
            Search::Automaton(automaton) => {
                automaton.find(Input::new(text).span(span)).map(|found| found.start())
            }
        }
    }
}

/// The different beginnings of needles, of at most `len` bytes.
fn stems(needles: &[Needle], len: usize) -> BTreeSet<Vec<u8>> {
    let stem = |needle: &Needle| needle.as_bytes().iter().take(len).copied().collect();
    needles.iter().map(stem).collect()
}

/// How long a stem may be; the shorter, the more kinds of an organization share it.
const STEMS: [usize; 5] = [16, 12, 10, 8, 6];

/// What the vector instructions do well.
const MAX_STEMS: usize = 48;
