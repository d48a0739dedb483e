//! Searches a text for all literals in one pass.

use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::Error;

/// The most literals that are searched for with vector instructions.
const FEW: usize = 48;
/// A DFA is built for literals of fewer bytes together. It is a third faster than what else there is, but its table grows
/// with the literals, and is built at each start.
const SMALL: usize = 32768;

/// Finds literals in a text.
pub(super) enum Search {
    /// Searches for a few literals, of which none begins another, many bytes at a time.
    Few(Searcher),
    /// Searches for any number of literals byte by byte, and finds also those inside of others.
    Many(AhoCorasick),
}

impl Search {
    pub(super) fn new(literals: &[Vec<u8>], any_case: bool) -> Result<Search, Error> {
        if !any_case && (1..=FEW).contains(&literals.len()) {
            let few = Config::new()
                .match_kind(MatchKind::LeftmostFirst)
                .builder()
                .extend(literals)
                .build();
            if let Some(few) = few {
                return Ok(Search::Few(few));
            }
        }
        let small = literals.iter().map(Vec::len).sum::<usize>() < SMALL;
        let mut many = AhoCorasick::builder();
        many.ascii_case_insensitive(any_case).kind(small.then_some(AhoCorasickKind::DFA));
        many.build(literals).map(Search::Many).map_err(|_| Error::rules(0))
    }

    /// Calls `found` with the number of each literal in the text and the place where it begins.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        match self {
            Search::Few(few) => {
                few.find_iter(text).for_each(|hit| found(hit.pattern().as_usize(), hit.start()));
            }
            Search::Many(many) => {
                let hits = many.find_overlapping_iter(text);
                hits.for_each(|hit| found(hit.pattern().as_usize(), hit.start()));
            }
        }
    }
}
