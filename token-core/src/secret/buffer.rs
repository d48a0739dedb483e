//! A fixed-size buffer that is wiped when it is dropped.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use zeroize::Zeroize;

use super::wipe;

/// The bytes of a token before it is [admitted](crate::Token::admit).
///
/// The bytes live on the heap in one block that never grows and never moves,
/// so moving a `Secret` copies a pointer and nothing else. They are wiped when
/// the `Secret` is dropped, on every path: return, `?`, unwind.
///
/// To use a token, admit the secret into a [`Token`](crate::Token) and
/// [expose](crate::Token::expose_for) that for an operation. The bytes of a secret that is no
/// token, such as a signing key, are read by [`with_bytes`](Self::with_bytes). There is no other
/// way to the bytes, so a reviewer can search for it. (With feature `secrecy` a `Secret` also
/// converts into a `SecretString`.) There is no `Clone`, `Display`, `Serialize`, `Deref`, `Hash` or
/// `==`; compare with [`constant_time_eq`](Self::constant_time_eq).
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
        source.zeroize();
        secret
    }

    /// A secret of `len` bytes, which `write` writes into a buffer of zeros. The bytes are made or
    /// decoded in their place, so there is no other copy of them to wipe.
    ///
    /// ```
    /// use std::io::Read;
    /// use token_core::Secret;
    ///
    /// let mut random = std::io::repeat(7); // a file, a socket; or `Secret::fill(32, getrandom::fill)`
    /// let key = Secret::fill(32, |buffer| random.read_exact(buffer))?;
    /// assert!(key.constant_time_eq(&[7; 32]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// That of `write`; the bytes that it has written are wiped.
    pub fn fill<E>(len: usize, write: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut secret = Self::zeroed(len);
        let written = write(&mut secret.0);
        wipe::registers();
        written.map(|()| secret)
    }

    /// Lends the bytes to `read`, for a secret that is no token: a key that signs, a value to register with a
    /// redactor. `why` says what for. The program ignores it: it is for a reviewer, who can search for `with_bytes`.
    ///
    /// Every copy that `read` makes is yours to wipe; see [`wipe`](crate::wipe).
    ///
    /// ```
    /// use token_core::Secret;
    ///
    /// let key = Secret::from(vec![7; 32]);
    /// let is_strong = key.with_bytes("its length is no secret", |bytes| bytes.len() >= 32);
    /// assert!(is_strong);
    /// ```
    pub fn with_bytes<R>(&self, why: &'static str, read: impl FnOnce(&[u8]) -> R) -> R {
        let _ = why;
        let value = read(&self.0);
        wipe::registers();
        value
    }

    /// Whether the secret consists of exactly `other`, in a time that depends
    /// on the lengths alone.
    #[must_use]
    pub fn constant_time_eq(&self, other: &[u8]) -> bool {
        wipe::on_zeros([&self.0, other], |[a, b]| constant_time_eq::constant_time_eq(a, b))
    }

    /// Copies bytes whose owner wipes them itself.
    #[inline]
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        let secret = Self(Box::from(bytes));
        wipe::registers();
        secret
    }

    /// A buffer of `len` zeros, to be filled by a reader.
    pub(crate) fn zeroed(len: usize) -> Self {
        Self(alloc::vec![0; len].into_boxed_slice())
    }

    /// A copy in a buffer of `len` bytes, which are not fewer than now. A `Vec` that grows leaves
    /// its old block behind unwiped; here the old block is wiped when this secret drops.
    #[cfg(feature = "std")]
    pub(crate) fn enlarged(&self, len: usize) -> Self {
        let mut larger = Self::zeroed(len);
        larger.0.iter_mut().zip(&self.0).for_each(|(to, from)| *to = *from);
        wipe::registers();
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
        wipe::registers();
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
        // Called on the slice: for a `Box<[u8]>` zeroize writes the bytes one by one.
        (*self.0).zeroize();
    }
}

impl zeroize::ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl From<Vec<u8>> for Secret {
    /// Takes the vector's block over. If it has spare capacity, the bytes are copied into a block
    /// of their exact size and the whole vector is wiped: shrinking in place may move the bytes and
    /// leave the old block unwiped.
    #[inline]
    fn from(mut bytes: Vec<u8>) -> Self {
        if bytes.len() == bytes.capacity() {
            return Self(bytes.into_boxed_slice());
        }
        let secret = Self::copy_of(&bytes);
        // Not `Vec::zeroize`, which writes the elements one by one.
        bytes.as_mut_slice().zeroize();
        bytes.spare_capacity_mut().zeroize();
        secret
    }
}

impl From<String> for Secret {
    /// Like the conversion from a `Vec<u8>`: no byte of the string is left behind.
    #[inline]
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}
