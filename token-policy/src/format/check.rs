//! Whether a text is a token.

use core::fmt;
use core::str;

use super::prefix::is_word_byte;
use super::{
    CHECKSUM_CHARS, MAX_TOKEN_BYTES, MIN_TOKEN_BYTES, RANDOM_CHARS, TAIL_BYTES, base62, is_base62,
};

/// Checks that `text` is a token: its length, its characters and its checksum.
///
/// Reads the text once, allocates nothing and hashes nothing. It doesn't know which prefixes a policy has.
///
/// # Errors
///
/// If it is no token. The error has nothing of the text.
pub fn check(text: &[u8]) -> Result<Parts<'_>, Malformed> {
    if !(MIN_TOKEN_BYTES..=MAX_TOKEN_BYTES).contains(&text.len()) {
        return Err(Malformed::Length);
    }
    let (rest, checksum) = text.split_last_chunk::<CHECKSUM_CHARS>().ok_or(Malformed::Length)?;
    let (prefix, random) = rest.split_last_chunk::<RANDOM_CHARS>().ok_or(Malformed::Length)?;
    let expected = base62::number(checksum).ok_or(Malformed::Form)?;
    // First, since of all texts that come here by mistake it refuses the most.
    if crc32fast::hash(rest) != expected {
        return Err(Malformed::Checksum);
    }
    if random.iter().fold(0, |others, byte| others | u8::from(!is_base62(*byte))) > 0 {
        return Err(Malformed::Form);
    }
    Parts::of(prefix).ok_or(Malformed::Form)
}

/// What a token says about itself. Its random part is not here.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parts<'a> {
    /// Lowercase letters, digits and two `_`.
    prefix: &'a [u8],
    org: usize,
}

impl<'a> Parts<'a> {
    fn of(prefix: &'a [u8]) -> Option<Parts<'a>> {
        let (b'_', name) = prefix.split_last()? else { return None };
        let org = name.iter().position(|byte| *byte == b'_')?;
        // The first `_` is the only byte that is in no word.
        let others = name.iter().fold(0, |others, byte| others + u8::from(!is_word_byte(*byte)));
        let is_joined = others == 1 && org > 0 && org + 1 < name.len();
        is_joined.then_some(Parts { prefix, org })
    }

    /// What it begins with, with the last `_`.
    pub fn prefix(&self) -> &'a str {
        str::from_utf8(self.prefix).unwrap_or_default()
    }

    /// Who minted it.
    pub fn org(&self) -> &'a str {
        self.prefix().get(..self.org).unwrap_or_default()
    }

    /// What kind of token it is.
    pub fn kind(&self) -> &'a str {
        self.prefix().get(self.org + 1..self.prefix.len() - 1).unwrap_or_default()
    }
}

impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({})", self.prefix())
    }
}

/// Why a text is not a token. Never says what the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The checksum is of another text: a character is mistyped, missing or too much.
    Checksum,
    /// The checksum is no CRC-32, or it is right but other characters are not those of a token.
    Form,
    /// It is shorter or longer than a token.
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
