//! Token ids: fingerprints of tokens that are safe to print and log.
//!
//! This module works on bytes, not on secrets or tokens, so that the audit log, a lock file and the
//! scanner can name a token without holding one. Of `secret` it uses only the wipe, since a hash
//! function leaves its input on the stack.

#[cfg(feature = "serde")]
use alloc::string::String;
use core::{fmt, str::FromStr};

use crate::{Error, error::Refusal, secret::wipe};

/// A fingerprint of a token: safe to print, log and commit.
///
/// It is the first 16 bytes of SHA-256 (FIPS 180-4) over the ASCII text `token-core/id/v1`, a zero
/// byte, and the token. Equal tokens have equal ids, in every process and on every machine. A token
/// that was drawn at random cannot be found from its id.
///
/// Whoever has an id can hash guesses and compare, some thousand million a second. So what a person
/// could have thought up has no id: [`of`](Self::of) returns `None`.
///
/// ```
/// use token_core::TokenId;
///
/// let id = TokenId::of(b"acme_deploy_4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD0c1Kx2").expect("a random token");
/// assert_eq!(id.to_string(), "8949c63927c4e4067684f594909e2ee0");
/// assert_eq!(id.to_string().parse::<TokenId>()?, id);
///
/// assert_eq!(TokenId::of(b"Sunshine2024!"), None);
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 16]);

impl TokenId {
    /// The id of the token that consists of `bytes`, or `None` if it could be guessed.
    ///
    /// Guessable is whatever is short, has few different characters, or is made of words, numbers, repetitions and
    /// sequences: passwords, phrases, dates, addresses. The tokens of the usual issuers, keys of 16 random bytes or
    /// more in hexadecimal digits or base64, and random UUIDs have an id, but for one in some hundred of the shortest.
    /// [`token_policy::guess::is_guessable`] has the rule and its figures. It is made for safety and not for certainty:
    /// a hash of a password, used as a token, looks random and has an id.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let guessable = token_policy::guess::is_guessable(bytes);
        wipe::registers();
        (!guessable).then(|| Self::hashed(bytes))
    }

    fn hashed(bytes: &[u8]) -> Self {
        wipe::on_zeros([bytes], |[bytes]| {
            let mut hash = hmac_sha256::Hash::new();
            hash.update(DOMAIN);
            hash.update(bytes);
            let digest = hash.finalize();
            let mut id = [0; 16];
            id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
            Self(id)
        })
    }

    /// The id that consists of `bytes`, for a store that keeps ids in binary.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for TokenId {
    /// 32 lowercase hexadecimal digits; with a precision, that many of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hex = [0; 32];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
        }
        f.pad(core::str::from_utf8(&hex).unwrap_or_default())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}

impl FromStr for TokenId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut id = [0; 16];
        let pairs = text.as_bytes().chunks_exact(2);
        if text.len() != 32 {
            return Err(Refusal::MalformedId.into());
        }
        for (byte, pair) in id.iter_mut().zip(pairs) {
            for &c in pair {
                *byte = (*byte << 4) | value(c).ok_or(Refusal::MalformedId)?;
            }
        }
        Ok(Self(id))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for TokenId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for TokenId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' + nibble - 10,
    }
}

/// Lowercase only, so that an id has one spelling.
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Makes an id differ from every other SHA-256 of the same token, such as the hash that a registry stores.
const DOMAIN: &[u8] = b"token-core/id/v1\0";
