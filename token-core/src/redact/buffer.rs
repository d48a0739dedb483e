//! Memory for text that may hold tokens.

use crate::{Secret, secret::wipe::wipe};

/// A growing buffer that leaves nothing behind: not when it grows, nor where text was taken out.
pub(super) struct Buffer {
    bytes: Secret,
    len: usize,
}

impl Buffer {
    /// Empty, and without memory.
    pub(super) fn new() -> Self {
        Self { bytes: Secret::zeroed(0), len: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.bytes().get(..self.len).unwrap_or_default()
    }

    /// Adds `text` at the end.
    pub(super) fn append(&mut self, text: &[u8]) {
        let end = self.len + text.len();
        if end > self.bytes.bytes().len() {
            self.bytes = self.bytes.enlarged(end.next_power_of_two());
        }
        if let Some(room) = self.bytes.bytes_mut().get_mut(self.len..end) {
            room.copy_from_slice(text);
            self.len = end;
        }
    }

    /// Takes the first `count` bytes out.
    pub(super) fn consume(&mut self, count: usize) {
        let len = self.len;
        if let Some(used) = self.bytes.bytes_mut().get_mut(..len)
            && count <= len
        {
            used.copy_within(count.., 0);
            wipe(used.get_mut(len - count..).unwrap_or_default());
            self.len -= count;
        }
    }

    /// Room for `len` bytes of any content, which [`clear`](Self::clear) wipes.
    pub(super) fn room(&mut self, len: usize) -> &mut [u8] {
        if len > self.bytes.bytes().len() {
            self.bytes = Secret::zeroed(len.next_power_of_two());
        }
        self.len = self.len.max(len);
        self.bytes.bytes_mut().get_mut(..len).unwrap_or_default()
    }

    /// Empties it, and wipes what was in it.
    pub(super) fn clear(&mut self) {
        self.consume(self.len);
    }
}
