//! The one pass over a text.

use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::Error;

/// More literals than that are too many for vector instructions.
const FEW: usize = 48;
/// More bytes of literals than that make a table that no cache holds.
const SMALL: usize = 8192;

/// Finds literals.
pub(super) enum Search {
    /// A few that do not begin one another, many bytes at a time.
    Few(Searcher),
    /// Any number, byte by byte, those inside of others too.
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

    /// Calls `found` with the number of each literal and where it begins.
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
