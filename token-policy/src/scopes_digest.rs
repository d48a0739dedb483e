//! The digest of a set of scopes.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::{ParseDigestError, PolicyDigest, meaning};

/// A SHA-256 digest of a set of scopes. A change of a kind that leaves this digest as it was changes nothing that its
/// tokens may do.
///
/// It is SHA-256 over `str("token-policy/scopes/1"), list(str(name of a scope))`, in the encoding of [`PolicyDigest`], the
/// names sorted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopesDigest(PolicyDigest);

impl ScopesDigest {
    /// Computes the digest of these scopes, which must be sorted, as [`KindRule::closure`](crate::KindRule::closure) is.
    pub fn of(scopes: &[String]) -> ScopesDigest {
        ScopesDigest(meaning::of_scopes(scopes))
    }

    /// Makes a digest of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> ScopesDigest {
        ScopesDigest(PolicyDigest::from_bytes(bytes))
    }

    /// Returns the bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

/// Writes 64 lowercase hexadecimal digits. With a precision it writes only the first ones.
impl fmt::Display for ScopesDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ScopesDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopesDigest({self})")
    }
}

impl FromStr for ScopesDigest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<ScopesDigest, ParseDigestError> {
        text.parse().map(ScopesDigest)
    }
}
