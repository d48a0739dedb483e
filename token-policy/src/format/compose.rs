//! Makes a token out of entropy.

use core::fmt;

use super::{CHECKSUM_CHARS, Prefix, RANDOM_CHARS, base62};

/// How many bytes of entropy [`compose`] should be given. They are too few once in 2^115 calls.
pub const ENTROPY_BYTES: usize = 64;

/// Writes a new token into `token`, which must have exactly [`Prefix::token_bytes`].
///
/// `entropy` must come from the operating system; [`ENTROPY_BYTES`] of it are enough. Each character is drawn by
/// rejection: a byte below 248 is taken modulo 62, and the other eight of the 256 values are skipped. So every
/// character is equally likely. Bytes that are left over are not used.
///
/// The function wipes nothing, so the caller must wipe `entropy` afterwards. Besides the two buffers, only the checksum
/// is in memory for a moment.
///
/// # Errors
///
/// Fails if `token` has another length, or if so many bytes of `entropy` were skipped that too few are left. In the
/// second case, wipe `token`, which may hold a part of a token, and try again with new entropy.
pub fn compose(prefix: &Prefix, entropy: &[u8], token: &mut [u8]) -> Result<(), ComposeError> {
    if token.len() != prefix.token_bytes() {
        return Err(ComposeError::Length);
    }
    let (body, checksum) =
        token.split_last_chunk_mut::<CHECKSUM_CHARS>().ok_or(ComposeError::Length)?;
    let (head, random) = body.split_last_chunk_mut::<RANDOM_CHARS>().ok_or(ComposeError::Length)?;
    head.copy_from_slice(prefix.as_bytes());
    let mut drawn = entropy.iter().filter(|byte| **byte < UNBIASED);
    for place in random {
        *place = base62::digit(drawn.next().ok_or(ComposeError::Entropy)? % 62);
    }
    *checksum = base62::digits(crc32fast::hash(body));
    Ok(())
}

/// The largest multiple of 62 that fits into a byte.
const UNBIASED: u8 = 62 * 4;

/// Says why no token was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComposeError {
    /// Too few bytes of the entropy were usable.
    Entropy,
    /// The buffer is not as long as the token.
    Length,
}

impl fmt::Display for ComposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ComposeError::Entropy => "the entropy does not suffice for a token",
            ComposeError::Length => "the buffer has not the length of the token",
        })
    }
}

impl core::error::Error for ComposeError {}
