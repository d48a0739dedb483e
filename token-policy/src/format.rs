//! Defines the format of the tokens that a project mints itself. Issuing, scanning and masking share this one
//! definition.
//!
//! ```text
//! acme_deploy_4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD0c1Kx2
//! org  kind   30 random characters          CRC-32
//! ```
//!
//! - *org* and *kind* are one or more lowercase letters and digits of ASCII. The *prefix* is both words, each followed
//!   by `_`. It has [`MIN_PREFIX_BYTES`] to [`MAX_PREFIX_BYTES`].
//! - The 30 random characters are digits of base62: the digits, the capital and the small letters of ASCII, in this
//!   order of their values. They carry 178.6 bits.
//! - The last six characters are the CRC-32 (IEEE 802.3, as in gzip, RFC 1952) of everything before them, the prefix
//!   included, as a base62 number with leading zeros. A value of 2^32 or more is refused, so each token has one
//!   spelling.
//!
//! A CRC-32 detects every change within 32 neighbouring bits. So a token with one mistyped character is always refused,
//! before anything is hashed or looked up. A text that only looks like a token passes once in 2^32. The checksum is no
//! secret and doesn't prove who made a token.
//!
//! A prefix of ten bytes is rare enough to be searched for in any output. No byte of a token needs an escape, so
//! percent-encoding and JSON leave a token as it is. In the usual encodings a prefix appears as one of seven fixed byte
//! strings: see [`Form`].
//!
//! ```
//! # #[cfg(feature = "format")] {
//! use token_policy::format::{self, Malformed, Prefix};
//!
//! let prefix = Prefix::parse("acme_deploy")?;
//! let entropy = [7; format::ENTROPY_BYTES]; // in real code, from the operating system
//! let mut token = [0; 48];
//! assert_eq!(prefix.token_bytes(), token.len());
//! format::compose(&prefix, &entropy, &mut token)?;
//! let (random, checksum) = token[12..].split_at(30);
//! assert_eq!(random, b"777777777777777777777777777777");
//! assert_eq!(checksum, b"18jGbI");
//!
//! let parts = format::check(&token)?;
//! assert_eq!((parts.prefix(), parts.org(), parts.kind()), ("acme_deploy_", "acme", "deploy"));
//!
//! token[20] = b'8';
//! assert_eq!(format::check(&token), Err(Malformed::Checksum));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Prefix`], [`Form`], [`Needle`] and the sizes are always there. What computes checksums needs the feature `format`,
//! whose only dependency is `crc32fast`.

mod base62;
mod form;
mod prefix;

#[cfg(feature = "format")]
mod check;
#[cfg(feature = "format")]
mod compose;
#[cfg(feature = "format")]
mod decode;

pub use self::base62::is_base62;
pub use self::form::{Form, Needle};
pub use self::prefix::{Prefix, PrefixError, is_prefix_byte};

#[cfg(feature = "format")]
pub use self::check::{Malformed, Parts, check};
#[cfg(feature = "format")]
pub use self::compose::{ComposeError, ENTROPY_BYTES, compose};
#[cfg(feature = "format")]
pub use self::decode::DecodeError;

/// The length of the shortest prefix in bytes, including both `_`.
pub const MIN_PREFIX_BYTES: usize = 10;

/// The length of the longest prefix in bytes, including both `_`.
pub const MAX_PREFIX_BYTES: usize = 32;

/// How many random characters a token has.
pub const RANDOM_CHARS: usize = 30;

/// How many characters the checksum of a token has.
pub const CHECKSUM_CHARS: usize = 6;

/// How many bytes of a token stand after the prefix: the random characters and the checksum.
pub const TAIL_BYTES: usize = RANDOM_CHARS + CHECKSUM_CHARS;

/// The length of the shortest token, in bytes.
pub const MIN_TOKEN_BYTES: usize = MIN_PREFIX_BYTES + TAIL_BYTES;

/// The length of the longest token, in bytes.
pub const MAX_TOKEN_BYTES: usize = MAX_PREFIX_BYTES + TAIL_BYTES;

/// The length of the longest encoding of a token, in bytes: two for each byte of the longest token.
pub const MAX_ENCODED_BYTES: usize = 2 * MAX_TOKEN_BYTES;
