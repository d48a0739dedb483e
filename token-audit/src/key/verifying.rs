//! Defines the public half of a log's key.

use core::{fmt, str::FromStr};

use super::public::{Public, Sort};
use crate::Error;

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
pub struct VerifyingKey(Public);

impl VerifyingKey {
    /// Returns the log's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the key's id (C2SP signed-note). It says which key a signature is by, and proves nothing.
    pub(crate) fn id(&self) -> u32 {
        self.0.id
    }

    /// Returns whether `signature` is a signature of `text` by this key.
    pub(crate) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        self.0.verify(text, signature)
    }

    pub(super) fn new(name: &str, point: ed25519_dalek::VerifyingKey) -> Result<Self, Error> {
        Public::new(Sort::Log, name, point).map(Self)
    }

    /// Returns the key with the same point for a witness.
    pub(super) fn for_witness(&self) -> Result<Public, Error> {
        Public::new(Sort::Witness, self.name(), self.0.point)
    }

    /// Returns whether both keys have the same point, whatever they are for.
    pub(super) fn is_same_point(&self, other: &Self) -> bool {
        self.0.point == other.0.point
    }

    pub(super) fn id_text(&self) -> String {
        format!("{:08x}", self.id())
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text())
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
        Public::parse(Sort::Log, text).map(Self)
    }
}
