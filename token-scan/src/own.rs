//! Finds tokens of our own format whose prefix is not known.

use std::ops::Range;

use token_policy::format::{self, MAX_PREFIX_BYTES, Prefix, TAIL_BYTES};

use crate::text::slice;

/// Returns the ranges of all tokens in a text, whatever stands before and after them.
pub(crate) fn tokens(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    memchr::memchr_iter(b'_', text).filter_map(|at| token(text, at))
}

/// Returns the prefixes of all tokens in a text.
pub(crate) fn prefixes(text: &[u8]) -> impl Iterator<Item = Prefix> + '_ {
    tokens(text).filter_map(|token| {
        let token = format::check(text.get(token)?).ok()?;
        Prefix::parse(token.prefix().strip_suffix('_')?).ok()
    })
}

/// Returns the range of the token whose prefix ends with the `_` at `at`. The first word of the prefix may begin in the
/// middle of a longer word, so each beginning is tried: the checksum says which one it is.
fn token(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = at + 1 + TAIL_BYTES;
    if !text.get(at + 1..end)?.iter().all(|byte| format::is_base62(*byte)) {
        return None;
    }
    let least = (at + 1).saturating_sub(MAX_PREFIX_BYTES);
    let head = slice(text, least, at);
    let is_part = |byte: &&u8| format::is_prefix_byte(**byte);
    let first = at - head.iter().rev().take_while(is_part).count();
    (first..at)
        .map(|start| start..end)
        .find(|range| format::check(slice(text, range.start, range.end)).is_ok())
}
