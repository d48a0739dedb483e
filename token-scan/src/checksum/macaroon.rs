//! Checks macaroons in the binary format, version 2, as PyPI's tokens are.
//!
//! <https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt>

use super::from_base64;
use crate::text::slice;

/// The type of the field that holds the signature.
const SIGNATURE: u8 = 6;
/// The length of a signature.
const SIGNATURE_BYTES: usize = 32;

/// Returns whether a token is `pypi-` and a whole macaroon. `None` counts as `false`: a part of it could not be read.
pub(super) fn holds(token: &[u8]) -> Option<bool> {
    let macaroon = from_base64(token.strip_prefix(b"pypi-")?)?;
    let mut rest = macaroon.strip_prefix(b"\x02")?;
    loop {
        let (kind, tail) = rest.split_first()?;
        rest = tail;
        if *kind == 0 {
            continue; // The end of a section.
        }
        let (length, tail) = length(rest)?;
        let content = slice(tail, 0, length);
        rest = slice(tail, length, tail.len());
        if *kind == SIGNATURE {
            return Some(content.len() == SIGNATURE_BYTES && rest.is_empty());
        }
        if content.len() != length {
            return None;
        }
    }
}

/// Reads a length of one or two bytes, with seven bits in each. Returns it and the bytes after it, or `None` if there
/// is no such length.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [low @ 0..=0x7f, rest @ ..] => Some((usize::from(*low), rest)),
        [low, high @ 0..=0x7f, rest @ ..] => {
            Some((usize::from(low & 0x7f) | usize::from(*high) << 7, rest))
        }
        _ => None,
    }
}
