//! The journal: where records become durable before they are in a tile.
//!
//! A file of fixed size that is written from the front again and again, so that a write changes no
//! metadata and takes no space. It begins with [`HEADER`], and then come frames, one for each group of records
//! that became durable together:
//!
//! ```text
//! magic 4 bytes | CRC-32 of all that follows | length of the entries | index of the first | entries
//!               | 4 bytes                    | 4 bytes               | 8 bytes            | (length 2 bytes, bytes)*
//! ```
//!
//! Numbers are big-endian. What stands behind the last frame is left over from earlier: its
//! indexes are lower than what the checkpoint covers.

use alloc::vec::Vec;

/// The journal's path.
pub(super) const PATH: &str = "journal";

/// The first bytes of a journal: what it is, and the version of its format.
pub(super) const HEADER: [u8; 16] = *b"token-journal/1\n";

/// No JSON text has such bytes, so no record looks like a frame.
const MAGIC: [u8; 4] = [0xff, 0x00, 0xa5, 0x01];
const FRAME_HEADER: usize = 20;
const MAX_BROKEN: u32 = 64;

/// A group of records on its way into the journal.
pub(super) struct Frame {
    bytes: Vec<u8>,
}

impl Frame {
    /// A frame whose first record has `index`, in a buffer that was used before.
    pub(super) fn new(index: u64, mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        buffer.extend_from_slice(&MAGIC);
        buffer.extend_from_slice(&[0; 8]); // Checksum and length, in `seal`.
        buffer.extend_from_slice(&index.to_be_bytes());
        Self { bytes: buffer }
    }

    /// Adds an entry of at most [`MAX_ENTRY`] bytes, which `write` appends to the buffer.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        push_entry(&mut self.bytes, write);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The finished bytes.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let length = (self.bytes.len() - FRAME_HEADER) as u32;
        if let Some(field) = self.bytes.get_mut(8..12) {
            field.copy_from_slice(&length.to_be_bytes());
        }
        let crc = crc32fast::hash(self.bytes.get(8..).unwrap_or_default());
        if let Some(field) = self.bytes.get_mut(4..8) {
            field.copy_from_slice(&crc.to_be_bytes());
        }
        self.bytes
    }
}

/// Appends an entry as a bundle has it: two bytes of length, then the bytes.
pub(super) fn push_entry(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 2]);
    write(bytes);
    let length = (bytes.len() - start - 2) as u16;
    if let Some(field) = bytes.get_mut(start..start + 2) {
        field.copy_from_slice(&length.to_be_bytes());
    }
}

/// The entries of a bundle, or of a frame. None in place of one that is cut off.
pub(super) fn entries(mut bytes: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    core::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let cut = bytes.split_first_chunk().and_then(|(length, rest)| {
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        });
        bytes = cut.map_or(&[], |(_, rest)| rest);
        Some(cut.map(|(entry, _)| entry))
    })
}

/// The entries of a finished frame.
pub(super) fn entries_of(frame: &[u8]) -> impl Iterator<Item = &[u8]> {
    entries(frame.get(FRAME_HEADER..).unwrap_or_default()).flatten()
}

/// A whole frame that was read.
#[derive(Clone, Copy)]
pub(super) struct Read<'j> {
    /// The index of its first record.
    pub(super) index: u64,
    /// Its entries.
    pub(super) entries: &'j [u8],
    /// How many entries it has.
    pub(super) count: u64,
}

impl Read<'_> {
    /// The index after its last record.
    pub(super) fn end(&self) -> u64 {
        self.index + self.count
    }
}

/// What a journal holds.
pub(super) struct Contents<'j> {
    /// The frames that follow one another without a gap, from the front.
    pub(super) frames: Vec<Read<'j>>,
    /// Whether a whole frame with a later record stands behind something that is none: the
    /// records between were acknowledged, and are damaged.
    pub(super) hole: bool,
}

/// Reads the journal of a log of which `sealed` records are in tiles. None if it does not begin as a journal.
pub(super) fn parse(journal: &[u8], sealed: u64) -> Option<Contents<'_>> {
    let mut rest = journal.strip_prefix(&HEADER)?;
    let mut frames: Vec<Read<'_>> = Vec::new();
    while let Some((frame, behind)) = frame(rest) {
        // A frame out of sequence is left over from before the journal was last written from the front.
        if frames.last().is_some_and(|last| last.end() != frame.index) {
            break;
        }
        frames.push(frame);
        rest = behind;
    }
    let next = frames.last().map_or(sealed, |last| last.end().max(sealed));
    Some(Contents { hole: has_frame_from(next, rest), frames })
}

/// Whether a whole frame whose records have `next` or a higher index begins anywhere in `bytes`.
fn has_frame_from(next: u64, mut bytes: &[u8]) -> bool {
    let mut broken = 0;
    while let Some(start) = bytes.windows(MAGIC.len()).position(|window| window == MAGIC) {
        let candidate = bytes.get(start..).unwrap_or_default();
        bytes = match frame(candidate) {
            Some((frame, _)) if frame.index >= next => return true,
            Some((_, behind)) => behind,
            None => candidate.get(1..).unwrap_or_default(),
        };
        broken += u32::from(bytes.len() + 1 == candidate.len());
        // One write was cut short, at most. Each try costs a checksum, so a file made of
        // beginnings would take hours; it is damaged either way.
        if broken > MAX_BROKEN {
            return true;
        }
    }
    false
}

/// The frame that `bytes` begin with, and what is behind it.
fn frame(bytes: &[u8]) -> Option<(Read<'_>, &[u8])> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (crc, checked) = rest.split_first_chunk()?;
    let (length, rest) = checked.split_first_chunk()?;
    let (index, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (body, behind) = rest.split_at_checked(length)?;
    let checked = checked.get(..12 + length)?;
    if crc32fast::hash(checked) != u32::from_be_bytes(*crc) {
        return None;
    }
    let index = u64::from_be_bytes(*index);
    let count = entries(body).map(|entry| entry.map(|_| 1)).sum::<Option<u64>>()?;
    (index <= super::merkle::MAX_SIZE).then_some((Read { index, entries: body, count }, behind))
}
