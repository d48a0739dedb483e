//! Checks whether a text is a token.

use core::fmt;
use core::str;

use super::prefix::is_word_byte;
use super::{
    CHECKSUM_CHARS, MAX_TOKEN_BYTES, MIN_TOKEN_BYTES, RANDOM_CHARS, TAIL_BYTES, base62, is_base62,
};

/// Checks that `text` is a token: its length, its characters and its checksum.
///
/// Allocates nothing and computes no cryptographic hash. Any prefix of a valid form is accepted, whether a policy has
/// it or not. Returns the parts of the prefix.
///
/// # Errors
///
/// Fails if `text` is no token. The error contains no part of the text.
pub fn check(text: &[u8]) -> Result<Parts<'_>, Malformed> {
    if !(MIN_TOKEN_BYTES..=MAX_TOKEN_BYTES).contains(&text.len()) {
        return Err(Malformed::Length);
    }
    let (rest, checksum) = text.split_last_chunk::<CHECKSUM_CHARS>().ok_or(Malformed::Length)?;
    let (prefix, random) = rest.split_last_chunk::<RANDOM_CHARS>().ok_or(Malformed::Length)?;
    let expected = base62::number(checksum).ok_or(Malformed::Form)?;
    // The checksum comes first, since it refuses most texts that are no tokens.
    if crc32fast::hash(rest) != expected {
        return Err(Malformed::Checksum);
    }
    if random.iter().fold(0, |others, byte| others | u8::from(!is_base62(*byte))) > 0 {
        return Err(Malformed::Form);
    }
    Parts::of(prefix).ok_or(Malformed::Form)
}

/// The prefix of a token, and its two words. The random characters are not part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parts<'a> {
    /// The prefix: lowercase letters, digits and two `_`.
    prefix: &'a [u8],
    org: usize,
}

impl<'a> Parts<'a> {
    fn of(prefix: &'a [u8]) -> Option<Parts<'a>> {
        let (b'_', name) = prefix.split_last()? else { return None };
        let org = name.iter().position(|byte| *byte == b'_')?;
        // The first `_` must be the only byte that is neither a lowercase letter nor a digit.
        let others = name.iter().fold(0, |others, byte| others + u8::from(!is_word_byte(*byte)));
        let is_joined = others == 1 && org > 0 && org + 1 < name.len();
        is_joined.then_some(Parts { prefix, org })
    }

    /// Returns the token's prefix, with the last `_`.
    pub fn prefix(&self) -> &'a str {
        str::from_utf8(self.prefix).unwrap_or_default()
    }

    /// Returns the first word of the prefix, which says who minted the token.
    pub fn org(&self) -> &'a str {
        self.prefix().get(..self.org).unwrap_or_default()
    }

    /// Returns the second word of the prefix, which says what the token is for.
    pub fn kind(&self) -> &'a str {
        self.prefix().get(self.org + 1..self.prefix.len() - 1).unwrap_or_default()
    }
}

impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({})", self.prefix())
    }
}

/// Says why a text is not a token, and contains no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The checksum doesn't match: a character is mistyped, missing or too much.
    Checksum,
    /// The last six characters are no CRC-32 in base62; or the checksum matches, but the text before it has not the
    /// form of a token.
    Form,
    /// The text is shorter than the shortest token, or longer than the longest.
    Length,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Checksum => f.write_str("the checksum of the token is wrong"),
            Malformed::Form => write!(
                f,
                "the text is not of the form `org_kind_` and {TAIL_BYTES} letters and digits"
            ),
            Malformed::Length => {
                write!(f, "a token has {MIN_TOKEN_BYTES} to {MAX_TOKEN_BYTES} characters")
            }
        }
    }
}

impl core::error::Error for Malformed {}
