//! How often a token was used, by scope.

use alloc::{boxed::Box, vec::Vec};
use core::sync::atomic::Ordering;

use crate::{clock::AtomicU64, record::Use, scope::CompiledScope};

/// One counter for each scope that the kind carries, and one for all others.
///
/// Relaxed atomics are enough: the numbers decide nothing, and `swap` puts each use into exactly one report.
pub(super) struct UseCounts {
    scopes: &'static [CompiledScope],
    times: Box<[AtomicU64]>,
}

impl UseCounts {
    pub(super) fn new(scopes: &'static [CompiledScope]) -> Self {
        let times = (0..=scopes.len()).map(|_| AtomicU64::new(0)).collect();
        Self { scopes, times }
    }

    /// Counts one use that requires the scopes with these names.
    pub(super) fn count(&self, names: &[&str]) {
        for name in names {
            let position = self.scopes.iter().position(|scope| scope.name == *name);
            if let Some(times) = self.times.get(position.unwrap_or(self.scopes.len())) {
                times.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.times.iter().all(|times| times.load(Ordering::Relaxed) == 0)
    }

    /// Takes the uses since the last call. Scopes that were not used are left out.
    pub(super) fn take(&self) -> Vec<Use> {
        let names = self.scopes.iter().map(|scope| scope.name).chain([BEYOND]);
        let times = self.times.iter().map(|times| times.swap(0, Ordering::Relaxed));
        let used = names.zip(times).filter(|&(_, times)| times > 0);
        used.map(|(scope, times)| Use { scope: scope.into(), times }).collect()
    }
}

/// The name for uses of scopes that the kind does not carry, which an `impl Grants` written by hand
/// permits. No scope has this name, since a scope has no spaces (RFC 6749 section 3.3).
const BEYOND: &str = "beyond the kind";
