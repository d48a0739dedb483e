//! Tokens of our own with escapes in them, though no character of a token needs one.
//!
//! They have no fixed beginning. But every escape begins with a mark, and what stands before the first one in a token is the
//! token as it is.

use std::sync::Arc;

use memchr::memchr2_iter;
use token_policy::format::Prefix;

use super::reading::Reading;
use crate::redact::escape::{Escape, Unit};

/// Reads each text that may begin with a token of a kind, and has an escape in the prefix. Gives where it begins.
pub(super) fn scan(
    kinds: &[(Arc<str>, Prefix)],
    text: &[u8],
    mut each: impl FnMut(usize, &Arc<str>, Reading),
) {
    let [backslash, percent] = Escape::ALL;
    for at in memchr2_iter(backslash.mark(), percent.mark(), text) {
        let (before, rest) = text.split_at_checked(at).unwrap_or_default();
        let escape = if rest.first() == Some(&percent.mark()) { percent } else { backslash };
        let byte = match escape.unit(rest) {
            Some(Unit::Byte(byte, 2..)) => Some(byte),
            Some(Unit::Incomplete) => None,
            _ => continue,
        };
        for (kind, prefix) in kinds {
            for raw in raw_parts(prefix, before, byte) {
                let start = at - raw;
                let text = text.get(start..).unwrap_or_default();
                each(start, kind, Reading::of_escaped(escape, prefix, text));
            }
        }
    }
}

/// How many characters of the prefix stand before the first escape, which is that of `byte`, or of any if it is not known yet.
fn raw_parts<'a>(
    prefix: &'a Prefix,
    before: &'a [u8],
    byte: Option<u8>,
) -> impl Iterator<Item = usize> + 'a {
    let name = prefix.as_bytes();
    let fits = move |next: u8| byte.is_none_or(|byte| byte == next);
    let parts = name.iter().enumerate().filter(move |(_, next)| fits(**next)).map(|(raw, _)| raw);
    parts.filter(move |raw| before.ends_with(name.get(..*raw).unwrap_or_default()))
}
