//! Finds certain tokens in base64 (RFC 4648) that doesn't begin with encoded text, or whose beginning is unknown.
//!
//! Base64 encodes groups of three bytes, so a keyword has three forms, one for each offset in a group.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::confirm::confirm;
use crate::checksum::from_base64;
use crate::decode::is_digit;
use crate::rule::Rule;
use crate::text::{Decoded, Text, slice};

/// The length of the shortest form that is searched for.
const LEAST: usize = 4;

/// How many digits before a token are decoded, to see whether the token is only the end of a longer word.
const BEFORE: usize = 8;

/// Calls `found` with each form of each keyword, and with the number of bytes before the keyword in its group.
pub(super) fn each_form(keywords: &[String], mut found: impl FnMut(&[u8], usize)) {
    for keyword in keywords {
        for offset in 0..3 {
            let padded = [slice(&[0; 2], 0, offset), keyword.as_bytes()].concat();
            let whole = padded.len() * 8 / 6;
            let form =
                |encoded: String| slice(encoded.as_bytes(), first_digit(offset), whole).to_vec();
            let standard = form(STANDARD_NO_PAD.encode(&padded));
            let url_safe = form(URL_SAFE_NO_PAD.encode(&padded));
            if url_safe != standard {
                found(&url_safe, offset);
            }
            if standard.len() >= LEAST {
                found(&standard, offset);
            }
        }
    }
}

/// Returns the index in its group of the first digit that has no bits of the `offset` bytes before the keyword.
fn first_digit(offset: usize) -> usize {
    (offset * 8).div_ceil(6)
}

/// Looks for a token of `rule` whose encoded keyword stands at `at`. Returns the decoded bytes, and the beginning and
/// the end of the token in them; `None` if there is no token.
pub(super) fn find(
    rule: &Rule,
    checked: &[String],
    text: Text<'_>,
    at: usize,
    offset: usize,
) -> Option<(Decoded, usize, usize)> {
    let bytes = text.bytes();
    let group = at.checked_sub(first_digit(offset))?;
    let digits = |from: usize, to: usize| slice(bytes, from, to).iter().all(|byte| is_digit(*byte));
    if !digits(group, at) {
        return None;
    }
    let from = group.checked_sub(BEFORE).filter(|from| digits(*from, group)).unwrap_or(group);
    let most = slice(bytes, from, at + rule.after * 2);
    let length = most.iter().position(|byte| !is_digit(*byte)).unwrap_or(most.len());
    let mut decoded = Decoded::cut();
    for (number, byte) in from_base64(slice(most, 0, length))?.iter().enumerate() {
        decoded.push(*byte, text.place(from + number * 4 / 3));
    }
    let keyword = (group - from) / 4 * 3 + offset;
    let (start, end) = confirm(rule, checked, decoded.text(), keyword)?;
    Some((decoded, start, end))
}
