//! Computes fingerprints: a few bits of a window of text, quickly computed.

use std::hash::{BuildHasher, RandomState};

use token_core::wipe;

/// How many bytes a window has. A fingerprint is computed of one window. A registered value has at least as many bytes.
pub(in super::super) const WINDOW: usize = 16;

/// The [`BITS`](Self::BITS) bits that are kept of a value's window.
///
/// They are few, because besides the digest they are all that the memory tells about a value's bytes. They are
/// enough: with 16 values one place in a million of a text is hashed in vain, and with a thousand values one in 16,000.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Fingerprint(pub(super) u32);

impl Fingerprint {
    pub(super) const BITS: u32 = 24;
}

/// What is kept of a whole value: the first 16 bytes of its SHA-256 under the keys.
pub(in super::super) type Digest = [u8; 16];

/// The keys of fingerprints and digests. They differ in each [`Redaction`](crate::Redaction), so that an attacker cannot
/// write a text that has many of these fingerprints, and a digest says nothing without them.
#[derive(Clone, Copy)]
pub(in super::super) struct Keys {
    low: u64,
    high: u64,
}

impl Keys {
    /// Makes random keys, from the source that the standard library uses for the keys of its hash maps.
    pub(in super::super) fn random() -> Self {
        let random = RandomState::new();
        Self { low: random.hash_one(0), high: random.hash_one(1) }
    }

    /// Computes the digest of a value.
    pub(in super::super) fn digest(self, value: &[u8]) -> Digest {
        let keys = [self.low, self.high].map(u64::to_le_bytes);
        wipe::on_zeros([keys.as_flattened(), value], |[keys, value]| {
            let mut hash = hmac_sha256::Hash::new();
            hash.update(keys);
            hash.update(value);
            let mut digest = [0; 16];
            digest.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
            digest
        })
    }

    /// Computes the fingerprint of a window by multiplying its two halves. That is one instruction; it does not wait
    /// for the result of the window before, as a rolling hash would.
    #[inline]
    pub(in super::super) fn fingerprint(self, window: &[u8; WINDOW]) -> Fingerprint {
        let window = u128::from_le_bytes(*window);
        let low = u128::from(window as u64 ^ self.low);
        let high = window >> 64 ^ u128::from(self.high);
        let product = low.wrapping_mul(high);
        let folded = (product >> 64) as u64 ^ product as u64;
        Fingerprint((folded >> (64 - Fingerprint::BITS)) as u32)
    }
}
