//! What is counted at each request.

use std::sync::atomic::{AtomicU64, Ordering};

use token_core::caller::Refused;

/// How many tokens a verifier has answered since it began. The counters only grow. They are read one after the other, so they may be of
/// moments that differ by some microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub(super) hits: u64,
    misses: u64,
    refused: [u64; CAUSES.len()],
}

impl Counts {
    /// Tokens that were accepted from memory.
    #[must_use]
    pub const fn hits(&self) -> u64 {
        self.hits
    }

    /// Tokens that were accepted after the registry was asked.
    #[must_use]
    pub const fn misses(&self) -> u64 {
        self.misses
    }

    /// Tokens that were refused, by [the name of the cause](Refused::name), each cause once: from memory and after the registry
    /// was asked. What the caller's kind or scopes do not permit is not among them: that is found out later, by the guard.
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        CAUSES.into_iter().zip(self.refused)
    }
}

/// The counters but for that of the hits, which stand where a hit writes anyway.
#[derive(Default)]
pub(super) struct Counters {
    /// Spread, since whoever sends what is no token does so on all threads.
    malformed: [Counter; 16],
    misses: Counter,
    refused: [AtomicU64; CAUSES.len()],
}

/// A line of the processor's cache.
#[derive(Default)]
#[repr(align(64))]
struct Counter(AtomicU64);

impl Counters {
    /// What was presented is no token.
    #[inline]
    pub(super) fn malformed(&self, presented: &[u8]) {
        let last = presented.last().copied().unwrap_or(0);
        if let Some(Counter(counter)) = self.malformed.get(usize::from(last % 16)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn miss(&self) {
        self.misses.0.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    pub(super) fn refused(&self, why: Refused) {
        let index = CAUSES.iter().position(|cause| *cause == why.name());
        if let Some(counter) = index.and_then(|index| self.refused.get(index)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self, hits: u64) -> Counts {
        let mut refused = [0; CAUSES.len()];
        for (to, from) in refused.iter_mut().zip(&self.refused) {
            *to = from.load(Ordering::Relaxed);
        }
        let malformed =
            self.malformed.iter().map(|Counter(counter)| counter.load(Ordering::Relaxed));
        let [first, ..] = &mut refused;
        *first += malformed.sum::<u64>();
        Counts { hits, misses: self.misses.0.load(Ordering::Relaxed), refused }
    }
}

/// What a verifier refuses for, the first without a question or a look.
const CAUSES: [&str; 9] = [
    Refused::Malformed.name(),
    Refused::Unknown.name(),
    Refused::Expired.name(),
    Refused::Revoked.name(),
    Refused::Spent.name(),
    Refused::WrongAudience.name(),
    Refused::WrongBuild.name(),
    Refused::NoBuild.name(),
    UNAVAILABLE.name(),
];

const UNAVAILABLE: Refused = super::flight::UNAVAILABLE;
