//! Lists how a token looks in the usual encodings.

use super::{MAX_ENCODED_BYTES, MAX_PREFIX_BYTES, Prefix};

/// An encoding in which a token can stand in a text.
///
/// Each form turns a prefix into one fixed byte string, its [`Needle`]. Where the needle is found, [`Form::decode`]
/// reads the token.
///
/// Base64 (RFC 4648) has three forms: none, one or two other bytes may stand before the token in the group of three
/// bytes in which it begins. The alphabets of sections 4 and 5 give the same bytes, because a token needs neither `+/`
/// nor `-_`.
///
/// ```
/// use token_policy::format::{Form, Prefix};
///
/// let prefix = Prefix::parse("acme_deploy")?;
/// assert_eq!(Form::Base64.needle(&prefix).as_bytes(), b"YWNtZV9kZXBsb3lf");
/// assert_eq!(Form::Base64After1.needle(&prefix).as_bytes(), b"FjbWVfZGVwbG95X");
/// assert_eq!(Form::Utf16.needle(&prefix).as_bytes().get(..4), Some(b"a\0c\0".as_slice()));
/// # Ok::<(), token_policy::format::PrefixError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// The token is not encoded. JSON, percent-encoding (RFC 3986) and UTF-8 leave it as it is, too.
    Raw,
    /// The token is in base64, and begins a group of three bytes.
    Base64,
    /// The token is in base64, and begins after one byte of a group.
    Base64After1,
    /// The token is in base64, and begins after two bytes of a group.
    Base64After2,
    /// Each byte is two hexadecimal digits, `a` to `f` lowercase.
    HexLower,
    /// Each byte is two hexadecimal digits, `A` to `F` uppercase.
    HexUpper,
    /// The token is in UTF-16 of either byte order: its characters with a zero byte between them.
    ///
    /// In little-endian order one more zero byte follows the last character, in big-endian order one stands before the
    /// first. This form has neither, so that a replacement of the same form is right in both orders.
    Utf16,
}

impl Form {
    /// Lists all forms.
    pub const ALL: [Form; 7] = [
        Form::Raw,
        Form::Base64,
        Form::Base64After1,
        Form::Base64After2,
        Form::HexLower,
        Form::HexUpper,
        Form::Utf16,
    ];

    /// Returns the bytes with which every token of this prefix begins in this form.
    pub fn needle(self, prefix: &Prefix) -> Needle {
        let bytes = prefix.as_bytes();
        let mut needle = Needle { bytes: [0; MAX_NEEDLE_BYTES], len: 0 };
        match self {
            Form::Raw => bytes.iter().for_each(|byte| needle.push(*byte)),
            Form::Base64 | Form::Base64After1 | Form::Base64After2 => {
                sextets(bytes, self.skipped_bits()).for_each(|sextet| needle.push(sextet));
            }
            Form::HexLower => hex(bytes, b'a').for_each(|digit| needle.push(digit)),
            Form::HexUpper => hex(bytes, b'A').for_each(|digit| needle.push(digit)),
            Form::Utf16 => bytes.iter().flat_map(|byte| [*byte, 0]).for_each(|b| needle.push(b)),
        }
        needle
    }

    /// Returns how many bytes a token with this prefix has in this form, from the first byte of its needle to the last
    /// byte that has a bit of the token.
    pub const fn encoded_bytes(self, prefix: &Prefix) -> usize {
        let token = prefix.token_bytes();
        match self {
            Form::Raw => token,
            Form::Base64 | Form::Base64After1 | Form::Base64After2 => {
                (8 * token - self.skipped_bits()).div_ceil(6)
            }
            Form::HexLower | Form::HexUpper => 2 * token,
            Form::Utf16 => 2 * token - 1,
        }
    }

    /// Returns how many bits of the token stand before the needle.
    pub(super) const fn skipped_bits(self) -> usize {
        match self {
            Form::Base64After1 => 4,
            Form::Base64After2 => 2,
            Form::Raw | Form::Base64 | Form::HexLower | Form::HexUpper | Form::Utf16 => 0,
        }
    }
}

/// The bytes to search for to find a prefix in a [`Form`]: at least 12 bytes of an encoding, or the prefix itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Needle {
    bytes: [u8; MAX_NEEDLE_BYTES],
    len: u8,
}

impl Needle {
    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Adds a byte. There is always room, since the array fits the longest prefix in every form.
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.len)) {
            *place = byte;
            self.len += 1;
        }
    }
}

impl AsRef<[u8]> for Needle {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

const MAX_NEEDLE_BYTES: usize = 2 * MAX_PREFIX_BYTES;
const _: () = assert!(MAX_NEEDLE_BYTES < MAX_ENCODED_BYTES);

/// Returns the base64 characters that have only bits of `bytes`, leaving out its first `skipped` bits.
fn sextets(bytes: &[u8], skipped: usize) -> impl Iterator<Item = u8> {
    let count = (8 * bytes.len() - skipped) / 6;
    (0..count).map(move |i| {
        let bit = skipped + 6 * i;
        let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
        let window = byte(bit / 8) << 8 | byte(bit / 8 + 1);
        let sextet = usize::from(window >> (10 - bit % 8) & 63);
        BASE64.get(sextet).copied().unwrap_or_default()
    })
}

/// The base64 alphabet without its last two characters. No prefix needs these, and they differ between the two
/// alphabets.
const BASE64: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn hex(bytes: &[u8], ten: u8) -> impl Iterator<Item = u8> {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(move |nibble| if nibble < 10 { b'0' + nibble } else { ten + nibble - 10 })
}
