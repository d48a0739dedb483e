//! The policy digest: a hash of what a policy means.

use core::{fmt, str::FromStr};

use crate::{Error, error::Refusal};

/// A SHA-256 digest (FIPS 180-4) of what a token policy *means*, not of how it is written.
///
/// Comments, order, white space and descriptions don't change it; every rule does. [`policy!`](crate::policy!) compiles it
/// in, an issuer can put it into a token, and a service compares the two. The crate `token-policy`, which computes it,
/// documents the encoding.
///
/// ```
/// use token_core::PolicyDigest;
///
/// let digest = PolicyDigest::from_bytes([0xa7; 32]);
/// assert_eq!(format!("{digest:.12}"), "a7a7a7a7a7a7");
/// assert_eq!(digest.to_string().parse::<PolicyDigest>()?, digest);
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyDigest(pub(crate) token_policy::PolicyDigest);

impl PolicyDigest {
    /// The digest that consists of `bytes`.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(token_policy::PolicyDigest::from_bytes(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for PolicyDigest {
    /// 64 lowercase hexadecimal digits; with a precision, that many of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PolicyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for PolicyDigest {
    type Err = Error;

    /// Reads what `Display` writes, and no other spelling.
    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(Self).map_err(|_| Refusal::MalformedDigest.into())
    }
}
