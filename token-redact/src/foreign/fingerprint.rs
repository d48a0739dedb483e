//! A few bits of a window of text, quickly computed.

use std::hash::{BuildHasher, RandomState};

/// How many bytes a fingerprint is of: a registered value has as many at least.
pub(in super::super) const WINDOW: usize = 16;

/// What is kept of the end of a value, in [`BITS`](Self::BITS) bits.
///
/// Few, since this is all that the memory tells beyond a token id; enough that one place in a million of a text is hashed
/// in vain with 16 values, and one in 16,000 with a thousand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Fingerprint(pub(super) u32);

impl Fingerprint {
    pub(super) const BITS: u32 = 24;
}

/// What makes fingerprints other ones in each process, so that nobody can write a text that has many of them.
#[derive(Clone, Copy)]
pub(in super::super) struct Keys {
    low: u64,
    high: u64,
}

impl Keys {
    /// Random, from where the standard library has the keys of its hash maps.
    pub(in super::super) fn random() -> Self {
        let random = RandomState::new();
        Self { low: random.hash_one(0), high: random.hash_one(1) }
    }

    /// Multiplies both halves: one instruction, which need not wait for that of the window before, as a rolling hash would.
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
