//! A fixed-size buffer that is wiped when it is dropped.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

#[cfg(any(feature = "audit", feature = "issue"))]
use crate::error::Place;

use super::{
    registers::wipe_registers,
    wipe::{then_on_zeros, wipe, wipe_vec},
};

/// The bytes of a token before it is [admitted](crate::Token::admit).
///
/// The bytes live on the heap in one block that never grows and never moves,
/// so moving a `Secret` copies a pointer and nothing else. They are wiped when
/// the `Secret` is dropped, on every path: return, `?`, unwind.
///
/// There is no way to read the bytes (but into a `SecretString`, with feature
/// `secrecy`). Admit the secret into a
/// [`Token`](crate::Token) and [expose](crate::Token::expose_for) that for an
/// operation. Nor is there a `Clone`, `Display`, `Serialize`, `Deref`, `Hash`
/// or `==`; compare with [`constant_time_eq`](Self::constant_time_eq).
///
/// ```
/// use token_core::Secret;
///
/// let mut received = *b"ghp_exampleexampleexample";
/// let secret = Secret::take_from(&mut received);
///
/// assert_eq!(received, [0; 25], "the source is wiped");
/// assert_eq!(format!("{secret:?}"), "Secret([redacted])");
/// ```
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Copies the bytes out of `source` and wipes `source`.
    #[inline]
    #[must_use]
    pub fn take_from(source: &mut [u8]) -> Self {
        let secret = Self::copy_of(source);
        wipe(source);
        secret
    }

    /// Whether the secret consists of exactly `other`, in a time that depends
    /// on the lengths alone.
    #[must_use]
    pub fn constant_time_eq(&self, other: &[u8]) -> bool {
        then_on_zeros([&self.0, other], |[a, b]| constant_time_eq::constant_time_eq(a, b))
    }

    /// Copies bytes whose owner wipes them itself.
    #[inline]
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        let secret = Self(Box::from(bytes));
        wipe_registers();
        secret
    }

    /// A buffer of `len` zeros, to be filled by a reader.
    pub(crate) fn zeroed(len: usize) -> Self {
        Self(alloc::vec![0; len].into_boxed_slice())
    }

    /// `len` bytes of the operating system's entropy.
    #[cfg(any(feature = "audit", feature = "issue"))]
    pub(crate) fn random(len: usize) -> Result<Self, crate::Error> {
        let mut random = Self::zeroed(len);
        getrandom::fill(random.bytes_mut()).map_err(|error| Place::Entropy.io(&error.into()))?;
        Ok(random)
    }

    /// A buffer of `len` bytes, not fewer than now, with the same beginning. A
    /// `Vec` would leave its old block behind; this one is wiped by its owner.
    #[cfg(feature = "std")]
    pub(crate) fn enlarged(&self, len: usize) -> Self {
        let mut larger = Self::zeroed(len);
        larger.0.iter_mut().zip(&self.0).for_each(|(to, from)| *to = *from);
        wipe_registers();
        larger
    }

    /// The concatenation of `parts`.
    #[cfg(any(feature = "http", feature = "json"))]
    pub(crate) fn concat(parts: &[&[u8]]) -> Self {
        let mut joined = Self::zeroed(parts.iter().map(|part| part.len()).sum());
        let mut rest = &mut *joined.0;
        for part in parts {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
        wipe_registers();
        joined
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Gives the block away unwiped, to an owner that wipes it.
    #[cfg(feature = "secrecy")]
    pub(super) fn into_bytes(mut self) -> Box<[u8]> {
        core::mem::take(&mut self.0)
    }
}

impl Drop for Secret {
    #[inline]
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl zeroize::ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl From<Vec<u8>> for Secret {
    /// Takes the block over. If it has spare capacity, the bytes are copied
    /// into a block of their exact size and the whole vector is wiped: shrinking
    /// in place may move them and leave the old block unwiped.
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.len() == bytes.capacity() {
            return Self(bytes.into_boxed_slice());
        }
        let secret = Self::copy_of(&bytes);
        wipe_vec(bytes);
        secret
    }
}

impl From<String> for Secret {
    /// As from a `Vec<u8>`: nothing of the string is left behind.
    #[inline]
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}
