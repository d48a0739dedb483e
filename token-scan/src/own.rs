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

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn made(prefix: &str, seed: u8) -> String {
        let prefix = Prefix::parse(prefix).unwrap();
        let mut token = vec![0; prefix.token_bytes()];
        let drawn: Vec<u8> = (0..128_u8).map(|n| n.wrapping_mul(37).wrapping_add(seed)).collect();
        format::compose(&prefix, &drawn, &mut token).unwrap();
        String::from_utf8(token).unwrap()
    }

    #[test]
    fn a_token_of_any_prefix_is_found_from_its_first_to_its_last_byte() {
        for prefix in ["acmecorp_ci", "a1_b2c3d4e5f6", "example_longkindname"] {
            let token = made(prefix, 7);
            for (before, after) in
                [("", ""), ("x = \"", "\" # y"), ("dir/", "/a_b"), ("\u{e4} ", "\u{e4}")]
            {
                let text = format!("{before}{token}{after}");
                let expected = before.len()..before.len() + token.len();
                assert_eq!(tokens(text.as_bytes()).collect::<Vec<_>>(), [expected], "{text}");
            }
            let known: Vec<String> =
                prefixes(token.as_bytes()).map(|known| known.to_string()).collect();
            assert_eq!(known, [prefix]);
            // With another character, or without one, it is none.
            assert_eq!(tokens(token.replace('_', "-").as_bytes()).count(), 0);
            assert_eq!(tokens(&token.as_bytes()[..token.len() - 1]).count(), 0);
            assert_eq!(tokens(format!("{}~", &token[..token.len() - 1]).as_bytes()).count(), 0);
        }
        let two = format!("{} {}", made("acmecorp_ci", 1), made("other_deploy", 2));
        assert_eq!(tokens(two.as_bytes()).count(), 2);
    }
}
