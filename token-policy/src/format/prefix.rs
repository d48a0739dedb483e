//! Defines the prefix of a token.

use core::fmt;
use core::str::{self, FromStr};

use super::{MAX_PREFIX_BYTES, MIN_PREFIX_BYTES, TAIL_BYTES, is_base62};

/// The prefix of one kind's tokens: `<org>_<kind>_`.
///
/// In a policy it is written without the last `_`: `acme_deploy`. No prefix is the beginning of another one.
///
/// ```
/// use token_policy::format::{Prefix, PrefixError};
///
/// const PREFIX: Prefix = match Prefix::parse("acme_deploy") {
///     Ok(prefix) => prefix,
///     Err(_) => panic!("not a prefix"),
/// };
/// assert_eq!(PREFIX.as_str(), "acme_deploy_");
/// assert_eq!(PREFIX.name(), "acme_deploy");
/// assert_eq!(PREFIX.token_bytes(), 48);
/// assert_eq!(Prefix::parse("acme_ci"), Err(PrefixError::TooShort));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    /// The bytes of the prefix, then zeros.
    bytes: [u8; MAX_PREFIX_BYTES],
    len: u8,
    org: u8,
}

impl Prefix {
    /// Reads a prefix as it is written in a policy: org and kind, joined by one `_`.
    ///
    /// # Errors
    ///
    /// Fails if `text` is not `[a-z0-9]+_[a-z0-9]+`, or if, with the last `_`, it is shorter than [`MIN_PREFIX_BYTES`]
    /// or longer than [`MAX_PREFIX_BYTES`].
    pub const fn parse(text: &str) -> Result<Prefix, PrefixError> {
        let len = text.len() + 1;
        if len > MAX_PREFIX_BYTES {
            return Err(PrefixError::TooLong);
        }
        let Some(org) = org_bytes(text.as_bytes()) else { return Err(PrefixError::Form) };
        if len < MIN_PREFIX_BYTES {
            return Err(PrefixError::TooShort);
        }
        let mut bytes = [0; MAX_PREFIX_BYTES];
        let (used, _) = bytes.split_at_mut(len);
        if let Some((last, name)) = used.split_last_mut() {
            name.copy_from_slice(text.as_bytes());
            *last = b'_';
        }
        Ok(Prefix { bytes, len: len as u8, org: org as u8 })
    }

    /// Returns the prefix as it stands in a token, with its last `_`.
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Returns the bytes of [`Prefix::as_str`].
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Returns the prefix as it is written in a policy, without its last `_`.
    pub fn name(&self) -> &str {
        self.as_str().strip_suffix('_').unwrap_or_default()
    }

    /// Returns the first word, which says who mints these tokens.
    pub fn org(&self) -> &str {
        self.name().get(..usize::from(self.org)).unwrap_or_default()
    }

    /// Returns the second word, which says what these tokens are for. It is not the name of a token kind, which may be
    /// longer and have hyphens.
    pub fn kind(&self) -> &str {
        self.name().get(usize::from(self.org) + 1..).unwrap_or_default()
    }

    /// Returns whether a text has the prefix, the length and the characters of a token. The checksum is not checked.
    ///
    /// The time depends on the lengths of the prefix and the text alone, and on no character.
    pub fn fits(&self, text: &[u8]) -> bool {
        if text.len() != self.token_bytes() {
            return false;
        }
        let (prefix, tail) = text.split_at(self.as_bytes().len());
        let others = self.as_bytes().iter().zip(prefix);
        let others = others.fold(0, |others, (expected, byte)| others | (expected ^ byte));
        tail.iter().fold(others, |others, byte| others | u8::from(!is_base62(*byte))) == 0
    }

    /// Returns how long a token with this prefix is, in bytes.
    pub const fn token_bytes(&self) -> usize {
        self.len as usize + TAIL_BYTES
    }
}

/// Writes the prefix as in a policy, without the last `_`.
impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({self})")
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Prefix, PrefixError> {
        Prefix::parse(text)
    }
}

/// Says why a text is not a [`Prefix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefixError {
    /// The text is not two words of lowercase letters and digits, joined by one `_`.
    Form,
    /// The prefix, with its last `_`, is longer than [`MAX_PREFIX_BYTES`].
    TooLong,
    /// The prefix, with its last `_`, is shorter than [`MIN_PREFIX_BYTES`].
    TooShort,
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrefixError::Form => f.write_str(
                "a token's prefix is not two words of lowercase letters and digits joined by one `_`",
            ),
            PrefixError::TooLong => {
                write!(f, "a token's prefix must not be longer than {} bytes", MAX_PREFIX_BYTES - 1)
            }
            PrefixError::TooShort => {
                write!(f, "a token's prefix must not be shorter than {} bytes", MIN_PREFIX_BYTES - 1)
            }
        }
    }
}

impl core::error::Error for PrefixError {}

/// Returns whether a byte can stand in a prefix: a lowercase letter or digit of ASCII, or `_`.
pub const fn is_prefix_byte(byte: u8) -> bool {
    is_word_byte(byte) || byte == b'_'
}

/// Returns whether a byte can stand in one of the two words. It has no branches, since it is called for every byte of a
/// prefix.
pub(super) const fn is_word_byte(byte: u8) -> bool {
    (byte.wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10)
}

/// Returns the length of the first word, or `None` if `name` is not two words joined by one `_`.
const fn org_bytes(name: &[u8]) -> Option<usize> {
    let (mut rest, mut org) = (name, None);
    while let [byte, tail @ ..] = rest {
        let at = name.len() - rest.len();
        match byte {
            byte if is_word_byte(*byte) => {}
            b'_' if at > 0 && org.is_none() && !tail.is_empty() => org = Some(at),
            _ => return None,
        }
        rest = tail;
    }
    org
}
