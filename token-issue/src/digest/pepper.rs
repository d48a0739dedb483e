//! Peppers: keys of the digests that an issuer keeps apart from the registry.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use token_core::Secret;

use super::{Digest, Digests};
use crate::error::{Cause, Error};

/// A key that the issuer keeps apart from the registry. With it, a copy of the registry cannot be compared even with tokens
/// that somebody has.
pub struct Pepper {
    key: Secret,
    id: PepperId,
}

/// A public name of a pepper. It tells peppers apart and does not show them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PepperId([u8; 16]);

/// Which peppers are in use: none, one, or also the one before it, until no token is left that was minted under it.
///
/// ```
/// # fn load(_: &str) -> token_core::Secret { token_core::Secret::from(vec![7; 32]) }
/// use token_issue::{Pepper, Peppers};
///
/// let peppers = Peppers::of(Pepper::new(load("pepper-2027"))?);
/// // After a change of the pepper, for the longest lifetime of a token:
/// let peppers = Peppers::of(Pepper::new(load("pepper-2028"))?).replacing(Pepper::new(load("pepper-2027"))?);
/// # let _ = peppers;
/// # Ok::<(), token_issue::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Peppers {
    current: Option<Pepper>,
    previous: Previous,
}

#[derive(Debug, Default)]
enum Previous {
    #[default]
    Nothing,
    NoPepper,
    Pepper(Pepper),
}

impl Pepper {
    /// The fewest bytes of a pepper: as many as the hash has (RFC 2104 section 3).
    pub const MIN_BYTES: usize = 32;

    /// Takes a pepper of [`MIN_BYTES`](Self::MIN_BYTES) random bytes or more.
    ///
    /// # Errors
    ///
    /// [`ShortPepper`](crate::ErrorKind::ShortPepper).
    pub fn new(key: Secret) -> Result<Self, Error> {
        key.with_bytes("names a pepper", |bytes| match bytes.len() < Self::MIN_BYTES {
            true => Err(Cause::ShortPepper { bytes: bytes.len() }.into()),
            false => Ok(keyed(bytes, NAME)),
        })
        .map(|name| Self { key, id: PepperId(name.half()) })
    }

    /// Its public name.
    #[must_use]
    pub const fn id(&self) -> PepperId {
        self.id
    }

    fn over(&self, digest: &Digest) -> Digest {
        self.key.with_bytes("keys the digest of a token", |key| keyed(key, digest.as_bytes()))
    }
}

impl PepperId {
    /// The name of "no pepper".
    pub const NONE: Self = Self([0; 16]);

    /// The name that consists of `bytes`, for a registry that reads it back.
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

impl Peppers {
    /// One pepper.
    #[must_use]
    pub const fn of(current: Pepper) -> Self {
        Self { current: Some(current), previous: Previous::Nothing }
    }

    /// It replaces this one. Tokens that were minted under the old one stay valid.
    #[must_use]
    pub fn replacing(mut self, previous: Pepper) -> Self {
        self.previous = Previous::Pepper(previous);
        self
    }

    /// It is the first one. Tokens that were minted without a pepper stay valid.
    #[must_use]
    pub fn replacing_none(mut self) -> Self {
        self.previous = Previous::NoPepper;
        self
    }

    /// The name of the pepper under which tokens are minted.
    #[must_use]
    pub fn current(&self) -> PepperId {
        self.current.as_ref().map_or(PepperId::NONE, Pepper::id)
    }

    /// The name of the one before it, if its tokens stay valid.
    #[must_use]
    pub fn previous(&self) -> Option<PepperId> {
        match &self.previous {
            Previous::Nothing => None,
            Previous::NoPepper => Some(PepperId::NONE),
            Previous::Pepper(pepper) => Some(pepper.id()),
        }
    }

    /// Whether tokens are stored under their plain digests, by which the memory of a verifier finds them.
    pub(crate) const fn is_none(&self) -> bool {
        self.current.is_none()
    }

    /// The digests under which a token may be stored, whose digest without a pepper is `plain`.
    pub(crate) fn over(&self, plain: Digest) -> Digests {
        Digests {
            current: self.current.as_ref().map_or(plain, |pepper| pepper.over(&plain)),
            previous: match &self.previous {
                Previous::Nothing => None,
                Previous::NoPepper => Some(plain),
                Previous::Pepper(pepper) => Some(pepper.over(&plain)),
            },
        }
    }
}

/// The HMAC-SHA256 (RFC 2104) of `text`.
fn keyed(key: &[u8], text: &[u8]) -> Digest {
    // A key of any length is taken.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize());
    token_core::wipe::registers();
    token_core::wipe::stack();
    Digest(mac.map(|mac| mac.into_bytes().into()).unwrap_or_default())
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.id, f)
    }
}

impl fmt::Debug for PepperId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "PepperId({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// What a pepper's name is the HMAC of.
const NAME: &[u8] = b"token-issue/pepper/v1";
