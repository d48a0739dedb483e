//! A secret of one byte, whose reads and wipe loom watches.

use loom::cell::UnsafeCell;

use crate::vault::Reading;

pub(crate) struct Secret {
    bytes: [u8; 1],
    watched: UnsafeCell<()>,
}

impl Secret {
    pub(crate) fn new() -> Self {
        Self { bytes: *b"x", watched: UnsafeCell::new(()) }
    }

    /// loom panics here if a wipe does not come before this read or after it for all threads.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.watched.with(|_| &self.bytes)
    }

    /// The wipe: loom panics here if a read does not come before it for all threads.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.watched.with_mut(|_| ());
        &mut self.bytes
    }
}

/// For a thread of loom, which cannot borrow. The caller keeps the vault until the reading is gone.
pub(crate) fn outlived(reading: Reading<'_>) -> Reading<'static> {
    // SAFETY: as the caller promises.
    unsafe { std::mem::transmute(reading) }
}
