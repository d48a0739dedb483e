//! Holds the keys of a log: Ed25519 (RFC 8032), written as C2SP signed-note writes them.
//!
//! Only this module and [`checkpoint`](super::checkpoint) use the crates for these.

mod public;
mod stored;
mod verifying;
mod witness;

use core::{fmt, hint::black_box};
use std::{io, sync::LazyLock};

use base64::prelude::{BASE64_STANDARD, Engine};
use ed25519_dalek::Signer;
use token_core::{Secret, wipe};
use zeroize::Zeroizing;

pub use self::{
    verifying::VerifyingKey,
    witness::{Witness, WitnessKey},
};

use crate::{Error, error::FaultProblem};

/// The type identifier of Ed25519 in keys (C2SP signed-note).
const ED25519: u8 = 1;

/// How many bytes a key has: the type identifier and 32 bytes.
const KEY_LEN: usize = 33;

/// How many characters a key has in base64, which needs no padding for 33 bytes.
const KEY_TEXT_LEN: usize = 44;

/// The beginning of the text of a signing key.
const PRIVATE: &str = "PRIVATE+KEY+";

const OTHER_KEY: &str = "expected an Ed25519 key";
const OTHER_ID: &str = "its id is not that of its name and its public half";

/// The key with which a log signs its checkpoints.
///
/// An attacker who has this key can write another history. So it is held like a token: on the heap, wiped on drop,
/// unprintable, and without `Clone`. The log's name is the key's name.
///
/// ```
/// use token_audit::{SigningKey, VerifyingKey};
///
/// let key = SigningKey::generate("example.com/tokens")?;
/// let public: VerifyingKey = key.verifying_key().to_string().parse()?;
/// assert_eq!(public.name(), "example.com/tokens");
///
/// let stored = key.to_secret(); // for whatever keeps secrets
/// assert_eq!(SigningKey::from_secret(stored)?.verifying_key(), &public);
/// # Ok::<(), token_audit::Error>(())
/// ```
pub struct SigningKey {
    /// The key itself, in a box, so that moving a `SigningKey` copies only a pointer. It wipes itself on drop.
    secret: Box<ed25519_dalek::SigningKey>,
    public: VerifyingKey,
}

impl SigningKey {
    /// Makes a new key from the operating system's entropy, for a log with this name.
    ///
    /// C2SP signed-note recommends a name like a URL without its scheme, such as `example.com/tokens`.
    ///
    /// # Errors
    ///
    /// Fails with [`MalformedKey`](crate::ErrorKind::MalformedKey) if the name is empty, longer than 255 bytes, or has
    /// white space, a control character or a `+`; with [`Io`](crate::ErrorKind::Io) if the operating system has no
    /// entropy.
    pub fn generate(name: &str) -> Result<Self, Error> {
        let seed = Secret::fill(KEY_LEN - 1, getrandom::fill).map_err(|error| {
            FaultProblem::NoEntropy { kind: io::Error::from(error).kind() }.alone()
        })?;
        seed.with_bytes("the seed of a new signing key", |seed| Self::new(name, seed))
    }

    /// Reads `PRIVATE+KEY+<name>+<id>+<base64>`, as [`to_secret`](Self::to_secret) and Go's `sumdb/note` write it.
    ///
    /// # Errors
    ///
    /// Fails with [`MalformedKey`](crate::ErrorKind::MalformedKey) if the text is no signing key. The text is wiped,
    /// and the error doesn't repeat it.
    pub fn from_secret(text: Secret) -> Result<Self, Error> {
        let key = text.with_bytes("reads a log's signing key", Self::read);
        drop(text);
        key
    }

    /// Returns the text that [`from_secret`](Self::from_secret) reads. Store it where secrets are stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        let head = format!("{PRIVATE}{}+{}+", self.name(), self.public.id_text());
        wipe::on_zeros([head.as_bytes(), self.secret.as_bytes()], |[head, seed]| encode(head, seed))
    }

    /// Returns the public half, which verifies the log.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Returns the log's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.public.name()
    }

    /// Signs `text` (RFC 8032 section 5.1.6).
    pub(super) fn sign(&self, text: &[u8]) -> [u8; 64] {
        // Signing hashes the key, and so leaves it on the stack. A second run of the same code with a key of zeros
        // overwrites it there: see `wipe::on_zeros`.
        let sign = black_box(sign as fn(&ed25519_dalek::SigningKey, &[u8]) -> [u8; 64]);
        let signature = sign(&self.secret, text);
        black_box(sign(&NO_KEY, text));
        signature
    }

    /// Derives a key for another purpose: HMAC-SHA-256 (RFC 2104) of the purpose's name, under this key.
    pub(super) fn derive(&self, purpose: &[u8]) -> Secret {
        wipe::on_zeros([self.secret.as_bytes(), purpose], |[key, purpose]| {
            Secret::take_from(&mut hmac_sha256::HMAC::mac(purpose, key))
        })
    }

    fn read(text: &[u8]) -> Result<Self, Error> {
        let whole = "expected `PRIVATE+KEY+<name>+<id>+<base64>`";
        let (name, id, key) = private_parts(text).ok_or_else(|| malformed(whole))?;
        let key = decode(key).ok_or_else(|| malformed(whole))?;
        let key = key.with_bytes("the seed of a stored signing key", |key| {
            let (_, seed) = key
                .split_first()
                .filter(|(kind, _)| **kind == ED25519)
                .ok_or_else(|| malformed(OTHER_KEY))?;
            Self::new(name, seed)
        })?;
        match key.public.id_text() == id {
            true => Ok(key),
            false => Err(malformed(OTHER_ID)),
        }
    }

    fn new(name: &str, seed: &[u8]) -> Result<Self, Error> {
        let secret = wipe::on_zeros([seed], |[seed]| {
            ed25519_dalek::SigningKey::try_from(seed).ok().map(Box::new)
        });
        let secret = secret.ok_or_else(|| malformed("expected a key of 32 bytes"))?;
        let public = VerifyingKey::new(name, secret.verifying_key())?;
        Ok(Self { secret, public })
    }
}

impl zeroize::ZeroizeOnDrop for SigningKey {}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, [redacted])", self.name())
    }
}

fn private_parts(text: &[u8]) -> Option<(&str, &str, &str)> {
    let text = core::str::from_utf8(text).ok()?;
    let (name, rest) = text.strip_prefix(PRIVATE)?.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    Some((name, id, key))
}

/// Writes the text of a signing key.
fn encode(head: &[u8], seed: &[u8]) -> Secret {
    // The array must not be moved, since a move would copy the key.
    let mut key = Zeroizing::new([ED25519; KEY_LEN]);
    key.iter_mut().skip(1).zip(seed).for_each(|(to, from)| *to = *from);
    let written = Secret::fill(head.len() + KEY_TEXT_LEN, |text| {
        let (start, end) = text.split_at_mut(head.len());
        start.copy_from_slice(head);
        BASE64_STANDARD.encode_slice(key.as_slice(), end).map(drop)
    });
    // This cannot fail, since the buffer has the length of the text.
    written.unwrap_or_else(|_| Secret::from(Vec::new()))
}

/// Decodes a signing or verifying key into a buffer that is wiped. Returns `None` if the text is not base64 of a key's
/// length.
fn decode(text: &str) -> Option<Secret> {
    if text.len() != KEY_TEXT_LEN {
        return None;
    }
    Secret::fill(KEY_LEN, |key| match BASE64_STANDARD.decode_slice(text, key) {
        Ok(KEY_LEN) => Ok(()),
        _ => Err(()),
    })
    .ok()
}

fn sign(key: &ed25519_dalek::SigningKey, text: &[u8]) -> [u8; 64] {
    key.sign(text).to_bytes()
}

static NO_KEY: LazyLock<ed25519_dalek::SigningKey> =
    LazyLock::new(|| ed25519_dalek::SigningKey::from_bytes(&[0; 32]));

#[cold]
fn malformed(what: &'static str) -> Error {
    FaultProblem::MalformedKey { what }.alone().into()
}
