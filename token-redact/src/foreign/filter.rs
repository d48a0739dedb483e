//! Knows which fingerprints registered values may have. One look-up rules out most places of a text.

use super::Fingerprint;

/// Two sets of bits, one indexed by the upper and one by the lower bits of fingerprints. With a thousand values, one
/// place in seventy passes the first set, and one in five thousand passes both. So more values cost no more time.
#[derive(Clone)]
pub(super) struct Filter {
    upper: Bits,
    lower: Bits,
}

/// One set: 8 KiB, which stay in the cache.
type Bits = Box<[u64; WORDS]>;

const WORDS: usize = 1 << (PLACE_BITS - 6);
const PLACE_BITS: u32 = 16;

impl Filter {
    pub(super) fn new(fingerprints: impl Iterator<Item = Fingerprint>) -> Self {
        let mut filter = Self { upper: Box::new([0; WORDS]), lower: Box::new([0; WORDS]) };
        for fingerprint in fingerprints {
            set(&mut filter.upper, upper(fingerprint));
            set(&mut filter.lower, lower(fingerprint));
        }
        filter
    }

    #[inline]
    pub(super) fn may_have(&self, fingerprint: Fingerprint) -> bool {
        has(&self.upper, upper(fingerprint)) && has(&self.lower, lower(fingerprint))
    }
}

#[inline]
fn upper(fingerprint: Fingerprint) -> u32 {
    fingerprint.0 >> (Fingerprint::BITS - PLACE_BITS)
}

#[inline]
fn lower(fingerprint: Fingerprint) -> u32 {
    fingerprint.0 % (1 << PLACE_BITS)
}

fn set(bits: &mut Bits, place: u32) {
    if let Some(word) = bits.get_mut((place / 64) as usize) {
        *word |= 1 << (place % 64);
    }
}

#[inline]
fn has(bits: &Bits, place: u32) -> bool {
    bits.get((place / 64) as usize).is_some_and(|word| word >> (place % 64) & 1 == 1)
}
