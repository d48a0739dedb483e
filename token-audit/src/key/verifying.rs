//! Defines the public half of a log's key.

use core::{fmt, str::FromStr};

use base64::prelude::{BASE64_STANDARD, Engine};

use super::{ED25519, KEY_LEN, OTHER_ID, OTHER_KEY, decode, malformed};
use crate::Error;

/// The most bytes of a log's name. It is limited because the name stands in every checkpoint, twice.
const MAX_NAME_LEN: usize = 255;

/// The public half of a log's key. It shows whether a checkpoint was signed by the log.
///
/// Its text is a C2SP signed-note verifier key, `<name>+<id>+<base64>`; the id is 8 lowercase hexadecimal digits.
///
/// ```
/// use token_audit::VerifyingKey;
///
/// // The example of the specification.
/// let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
/// let key: VerifyingKey = text.parse()?;
/// assert_eq!(key.name(), "example.com/foo");
/// assert_eq!(key.to_string(), text);
/// # Ok::<(), token_audit::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifyingKey {
    name: String,
    id: u32,
    point: ed25519_dalek::VerifyingKey,
}

impl VerifyingKey {
    /// Returns the log's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the key's id (C2SP signed-note). It says which key a signature is by, and proves nothing.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Returns whether `signature` is a signature of `text` by this key.
    pub(crate) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.point.verify_strict(text, &signature).is_ok())
    }

    pub(super) fn new(name: &str, point: ed25519_dalek::VerifyingKey) -> Result<Self, Error> {
        let unfit = name.len() > MAX_NAME_LEN || name.contains(char::is_control);
        if unfit || !signed_note::is_key_name_valid(name) {
            return Err(malformed("its name is empty, too long, or has a space or a `+`"));
        }
        // A weak point is refused, since anybody can make signatures for it.
        if point.is_weak() {
            return Err(malformed(OTHER_KEY));
        }
        let id = signed_note::key_id(name, &typed(&point));
        Ok(Self { name: name.to_string(), id, point })
    }

    pub(super) fn id_text(&self) -> String {
        format!("{:08x}", self.id)
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64_STANDARD.encode(typed(&self.point));
        write!(f, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({self})")
    }
}

impl FromStr for VerifyingKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, point) = public_parts(text)
            .ok_or_else(|| malformed("expected `<name>+<id>+<base64>` with an Ed25519 key"))?;
        let key = Self::new(name, point)?;
        match key.to_string() == text {
            true => Ok(key),
            false => Err(malformed(OTHER_ID)),
        }
    }
}

fn public_parts(text: &str) -> Option<(&str, ed25519_dalek::VerifyingKey)> {
    let (name, rest) = text.split_once('+')?;
    let (_, key) = rest.split_once('+')?;
    let key = decode(key)?;
    let point = key.with_bytes("a verifying key, which is public", |key| {
        let (_, point) = key.split_first().filter(|(kind, _)| **kind == ED25519)?;
        ed25519_dalek::VerifyingKey::try_from(point).ok()
    })?;
    Some((name, point))
}

fn typed(point: &ed25519_dalek::VerifyingKey) -> [u8; KEY_LEN] {
    let mut key = [ED25519; KEY_LEN];
    key.iter_mut().skip(1).zip(point.as_bytes()).for_each(|(to, from)| *to = *from);
    key
}
