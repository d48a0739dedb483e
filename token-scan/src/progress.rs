//! How far a scan is.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How far a scan is, to be read from another thread: see [`Scan::progress`](crate::Scan::progress).
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicUsize,
    bytes: AtomicU64,
}

impl Progress {
    /// How many files were searched so far.
    pub fn files(&self) -> usize {
        self.files.load(Ordering::Relaxed)
    }

    /// How many bytes the searched files have.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
