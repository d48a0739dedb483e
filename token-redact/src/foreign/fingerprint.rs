//! Fingerprints: a few bits of a window of text, quickly computed.

use std::hash::{BuildHasher, RandomState};

/// How many bytes a window has, of which a fingerprint is computed. A registered value has at least as many.
pub(in super::super) const WINDOW: usize = 16;

/// The [`BITS`](Self::BITS) bits that are kept of a value's window.
///
/// They are few, since they are all that the memory tells of a value's bytes beyond its token id. They are enough that
/// with 16 values one place in a million of a text is hashed in vain, and with a thousand values one in 16,000.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Fingerprint(pub(super) u32);

impl Fingerprint {
    pub(super) const BITS: u32 = 24;
}

/// The keys of fingerprints, which differ in each process. So an attacker cannot write a text that has many of them.
#[derive(Clone, Copy)]
pub(in super::super) struct Keys {
    low: u64,
    high: u64,
}

impl Keys {
    /// Random keys, from the source of the keys of the standard library's hash maps.
    pub(in super::super) fn random() -> Self {
        let random = RandomState::new();
        Self { low: random.hash_one(0), high: random.hash_one(1) }
    }

    /// Multiplies both halves of the window. This is one instruction, which does not wait for the result of the window
    /// before, as a rolling hash would.
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
