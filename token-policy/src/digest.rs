//! Defines the digest of what a policy means.

use core::fmt;
use core::str::FromStr;

/// A SHA-256 digest of the *meaning* of a policy or of one token kind.
///
/// Two policies that say the same have the same digest, however they are written. Order, whitespace, comments,
/// descriptions and Rust types make no difference, nor do wildcards instead of written-out scopes, `90m` instead of
/// `1h30m`, or another way to imply the same scopes. Any change of a rule changes the digest.
///
/// # How it is made
///
/// The digest is SHA-256 over the encoding below. Numbers are big-endian; `str` is the length in bytes as 4 bytes, then
/// the UTF-8 bytes; `list` is the number of items as 4 bytes, then the items; `opt` is the byte 0, or the byte 1 and the
/// item; `time` is the number of seconds as 8 bytes. Lists of scopes and kinds are sorted by the bytes of their names.
///
/// ```text
/// policy digest = SHA-256( str("token-policy/policy/1"), list(scope), list(kind)        every scope, every kind
///                  if it has environments: list(environment) )
/// kind digest   = SHA-256( str("token-policy/kind/1"), kind, list(scope) )              the scopes of its closure
///
/// scope  = str(name), list(str(name of an implied scope)),       the transitive closure without the scope itself
///          if its issuer's name is another one: byte(1), str(issuer's name)
/// kind   = str(name), list(str(name of a scope)),                the closure: declared and implied
///          time(max_lifetime), time(leeway), opt(str(audience)), 2^64 - 1 seconds if tokens never expire
///          byte(uses: 0 many, 1 once), opt(source), rotate, opt(str(owner)),
///          if it has a format: byte(1), str(format)
///          if it has a store: byte(2), str(path)
/// source = byte(1), str(name)                                    env
///        | byte(2), str(path), byte(readable_by: 0 owner, 1 group, 2 everyone)
///        | byte(3), str(name)                                    credential
///        | byte(4), list(str(argument)), time(timeout)           command, arguments in order
/// rotate = byte(0)                                               none
///        | byte(1), time(before_expiry), time(overlap)
///        | byte(2), time(after), time(overlap)                   by age
///        | byte(3), time(before_expiry), time(overlap), steps
///        | byte(4), time(after), time(overlap), steps            by age
/// steps  = opt(step) claim, step create, opt(reply), step set, step test, opt(step) find, step retire,
///          opt(limit as 4 bytes), time(settle), time(timeout), byte(idempotent)
/// step   = list(str(program or argument))                        in order, with their placeholders
/// reply  = str(path of the token),
///          handle: byte(0) none | byte(1), str(path) | byte(2), str(text with placeholders),
///          expiry: byte(0) none | byte(1), str(path of expires_in) | byte(2), str(path of expires_at)
/// environment = str(name), byte(release), byte(strict),
///          byte(assurance: 0 asserted, 1 platform-attested, 2 hardware-attested),
///          list( str(name of a kind that has a slot there), byte(ephemeral) )
/// ```
///
/// The digest of a kind does not cover its slots: a lock states it in each of them, and a further environment must not
/// change what it states in the others. A default that is left out is encoded as if it were written. What follows a scope or kind is a length or a count, and
/// begins with the byte 0; so the byte before a format, a store or an issuer's name cannot be mistaken for it. `[checks]` is not encoded, since it
/// permits nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyDigest([u8; 32]);

impl PolicyDigest {
    /// Makes a digest of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> PolicyDigest {
        PolicyDigest(bytes)
    }

    /// Returns the bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Writes 64 lowercase hexadecimal digits. With a precision, such as `{digest:.12}`, it writes only the first ones.
impl fmt::Display for PolicyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(usize::MAX);
        let nibbles = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        nibbles.take(digits).try_for_each(|nibble| write!(f, "{nibble:x}"))
    }
}

impl fmt::Debug for PolicyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyDigest({self})")
    }
}

/// Reads what `Display` writes, and nothing else: uppercase digits are refused, so each digest has one spelling.
impl FromStr for PolicyDigest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<PolicyDigest, ParseDigestError> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return Err(ParseDigestError(()));
        };
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() {
            return Err(ParseDigestError(()));
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(PolicyDigest(bytes))
    }
}

/// The error for a text that is not a [`PolicyDigest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseDigestError(());

impl fmt::Display for ParseDigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy digest is 64 lowercase hexadecimal digits")
    }
}

impl core::error::Error for ParseDigestError {}

fn nibble(digit: u8) -> Result<u8, ParseDigestError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(ParseDigestError(())),
    }
}
