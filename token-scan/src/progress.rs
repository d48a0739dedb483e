//! Counts how far a scan is.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counts how far a scan is, and may be read from another thread; see [`Scan::progress`](crate::Scan::progress).
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicUsize,
    bytes: AtomicU64,
}

impl Progress {
    /// Returns how many files were searched so far.
    pub fn files(&self) -> usize {
        self.files.load(Ordering::Relaxed)
    }

    /// Returns how many bytes the files have that were searched so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
