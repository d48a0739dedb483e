//! Holds text that may contain tokens, and wipes it.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A growing buffer. It wipes its old block when it grows, text that is taken out, and everything when it drops.
pub(super) struct Buffer {
    /// The block of memory. Its first `len` bytes are in use; all bytes after these are zeros. The block never grows in
    /// place, since that would leave a copy behind.
    bytes: Box<[u8]>,
    len: usize,
}

impl Buffer {
    /// Makes an empty buffer, which has allocated no memory.
    pub(super) fn new() -> Self {
        Self { bytes: zeros(0), len: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Adds `text` at the end.
    pub(super) fn append(&mut self, text: &[u8]) {
        let end = self.len + text.len();
        if end > self.bytes.len() {
            let mut larger = zeros(end.next_power_of_two());
            larger.iter_mut().zip(&self.bytes).for_each(|(to, from)| *to = *from);
            self.replace(larger);
        }
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(text);
            self.len = end;
        }
    }

    /// Removes the first `count` bytes, and wipes the place that becomes free.
    pub(super) fn consume(&mut self, count: usize) {
        let len = self.len;
        if let Some(used) = self.bytes.get_mut(..len)
            && count <= len
        {
            used.copy_within(count.., 0);
            used.get_mut(len - count..).unwrap_or_default().zeroize();
            self.len -= count;
        }
    }

    /// Returns room for `len` bytes of any content. [`clear`](Self::clear) wipes it.
    pub(super) fn room(&mut self, len: usize) -> &mut [u8] {
        if len > self.bytes.len() {
            self.replace(zeros(len.next_power_of_two()));
        }
        self.len = self.len.max(len);
        self.bytes.get_mut(..len).unwrap_or_default()
    }

    /// Empties the buffer, and wipes what was in it.
    pub(super) fn clear(&mut self) {
        self.consume(self.len);
    }

    fn replace(&mut self, larger: Box<[u8]>) {
        self.wipe();
        self.bytes = larger;
    }

    /// Wipes the block. zeroize is called on the slice, which it fills at once; a `Zeroizing<Vec<u8>>` would be wiped
    /// byte by byte.
    fn wipe(&mut self) {
        (*self.bytes).zeroize();
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl ZeroizeOnDrop for Buffer {}

fn zeros(len: usize) -> Box<[u8]> {
    vec![0; len].into_boxed_slice()
}
