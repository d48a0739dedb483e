//! Tokens of our own format: found by their prefixes, which are no secret, and told by their checksums.

mod escaped;
mod needle;
mod reading;
mod search;

use std::{sync::Arc, vec::Vec};

use token_policy::format::Prefix;

use self::{needle::Needle, reading::Reading, search::Search};
use super::label::{Found, Label};

/// What the tokens of our own format begin with, in all forms.
pub(super) struct Own {
    kinds: Vec<(Arc<str>, Prefix)>,
    needles: Vec<Needle>,
    search: Search,
    /// Which bytes a needle begins with.
    begins: [bool; 256],
    /// Which bytes a needle has.
    has: [bool; 256],
    max_needle: usize,
}

impl Own {
    /// For kinds by name.
    pub(super) fn new(kinds: Vec<(Arc<str>, Prefix)>) -> Self {
        let needles: Vec<Needle> =
            kinds.iter().flat_map(|(kind, prefix)| Needle::all(kind, prefix)).collect();
        let (mut begins, mut has) = ([false; 256], [false; 256]);
        for bytes in needles.iter().map(Needle::as_bytes) {
            bytes.iter().take(1).for_each(|byte| mark(&mut begins, *byte));
            bytes.iter().for_each(|byte| mark(&mut has, *byte));
        }
        let max_needle =
            needles.iter().map(|needle| needle.as_bytes().len()).max().unwrap_or_default();
        Self { search: Search::new(&needles), kinds, needles, begins, has, max_needle }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Adds the tokens in `text` to `found`. Returns where the first may begin whose end is not here.
    pub(super) fn scan(&self, text: &[u8], found: &mut Vec<Found>) -> usize {
        let mut open = self.partial(text);
        let mut note = |start, kind: &Arc<str>, is_utf16, reading| match reading {
            Reading::Token(id, len) => {
                let label = Label { kind: kind.clone(), id };
                found.push(Found { start, end: start + len, label, is_utf16 });
            }
            Reading::Incomplete => open = open.min(start),
            Reading::Nothing => {}
        };
        escaped::scan(&self.kinds, text, |start, kind, reading| note(start, kind, false, reading));
        let mut at = 0;
        while let Some(start) = self.search.find(text, at) {
            let rest = text.get(start..).unwrap_or_default();
            for needle in self.needles.iter().filter(|needle| rest.starts_with(needle.as_bytes())) {
                note(start, needle.kind(), needle.is_utf16(), needle.read(rest));
            }
            at = start + 1;
        }
        open
    }

    /// Where the text ends with the beginning of a needle; at its end if it does not.
    fn partial(&self, text: &[u8]) -> usize {
        let tail = text.get(text.len().saturating_sub(self.max_needle)..).unwrap_or_default();
        let others = tail.iter().rposition(|byte| !is_marked(&self.has, *byte));
        let tail = others.and_then(|at| tail.get(at + 1..)).unwrap_or(tail);
        let begins = |at: &usize| {
            let rest = tail.get(*at..).unwrap_or_default();
            rest.first().is_some_and(|byte| is_marked(&self.begins, *byte))
                && self.needles.iter().any(|needle| needle.as_bytes().starts_with(rest))
        };
        let first = (0..tail.len()).find(begins);
        first.map_or(text.len(), |at| text.len() - tail.len() + at)
    }
}

fn mark(set: &mut [bool; 256], byte: u8) {
    if let Some(place) = set.get_mut(usize::from(byte)) {
        *place = true;
    }
}

fn is_marked(set: &[bool; 256], byte: u8) -> bool {
    set.get(usize::from(byte)).copied().unwrap_or_default()
}
