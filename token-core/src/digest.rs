//! What is compared rather than read: the digest of a policy's meaning, of a source and of an image.
//!
//! token-policy defines and computes them. The types here are their public form, so that token-core's interface does
//! not change with token-policy's version.

use core::{fmt, str::FromStr};

use crate::{Error, error::Refusal};

/// Gives a value of token-policy its text: `Display` and `Debug` as there, and `FromStr` with this crate's error.
macro_rules! as_in_token_policy {
    ($Value:ident, $refused:expr) => {
        impl fmt::Display for $Value {
            /// With a precision, as in `{digest:.12}`, only so many digits.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $Value {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl FromStr for $Value {
            type Err = Error;

            /// Reads what `Display` writes, and no other spelling.
            fn from_str(text: &str) -> Result<Self, Error> {
                text.parse().map(Self).map_err(|error| ($refused)(error).into())
            }
        }
    };
}

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

/// The digest of a program's source: the tree that it was built from, without any `tokens.lock`.
///
/// It is written with its algorithm before it: `git:` and 40 or 64 lowercase hexadecimal digits, the id of a git tree,
/// as `tokenctl source-id` prints it; or `sha256:` and 64 digits, for a source that is not in git. A branch, a tag or
/// a version is no digest, since it can move.
///
/// ```
/// use token_core::SourceDigest;
///
/// let source: SourceDigest = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse()?;
/// assert_eq!(format!("{source:.12}"), "git:4b825dc642cb");
/// assert!("git:main".parse::<SourceDigest>().is_err());
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceDigest(pub(crate) token_policy::SourceDigest);

/// The digest of the image that a program runs in: that of its manifest, as a registry of images names it (OCI Image
/// Format, "Descriptors").
///
/// It is written `sha256:` and 64 lowercase hexadecimal digits. A tag is no digest, since it can move.
///
/// ```
/// use token_core::ImageDigest;
///
/// let digits = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
/// let image: ImageDigest = format!("sha256:{digits}").parse()?;
/// assert_eq!(format!("{image:.12}"), "sha256:5f70bf18a086");
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageDigest(pub(crate) token_policy::ImageDigest);

/// How well it is known what a program runs in, such as the digest of its image. The levels are ordered.
///
/// This is the *word* for a level: a policy demands one, a lock states one. It vouches for nothing.
///
/// ```
/// use token_core::AssuranceLevel;
///
/// assert!(AssuranceLevel::ASSERTED < AssuranceLevel::PLATFORM_ATTESTED);
/// assert_eq!(AssuranceLevel::HARDWARE_ATTESTED.to_string(), "hardware-attested");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssuranceLevel(pub(crate) token_policy::AssuranceLevel);

impl AssuranceLevel {
    /// The program, its environment or a file said so. That stops mistakes, not thieves.
    pub const ASSERTED: Self = Self(token_policy::AssuranceLevel::Asserted);
    /// A signature says so that was verified under a key which the program cannot write.
    pub const PLATFORM_ATTESTED: Self = Self(token_policy::AssuranceLevel::PlatformAttested);
    /// The hardware says so: a quote over a number that the verifier chose.
    pub const HARDWARE_ATTESTED: Self = Self(token_policy::AssuranceLevel::HardwareAttested);
}

as_in_token_policy!(PolicyDigest, |_| Refusal::MalformedDigest);
as_in_token_policy!(SourceDigest, Refusal::MalformedIdentity);
as_in_token_policy!(ImageDigest, Refusal::MalformedIdentity);
as_in_token_policy!(AssuranceLevel, Refusal::MalformedAssurance);
