//! Reads and writes the journal, in which records become durable before they are in a tile.
//!
//! The journal is a file of fixed size that is written from the front again and again, so that a write changes no
//! metadata and takes no space. It begins with [`HEADER`]. Then come frames, one for each group of records that became
//! durable together:
//!
//! ```text
//! magic 4 bytes | CRC-32 of all that follows | length of the entries | index of the first | MAC      | entries
//!               | 4 bytes                    | 4 bytes               | 8 bytes            | 16 bytes | (length 2 bytes, bytes)*
//! ```
//!
//! Numbers are big-endian. The checksum distinguishes a whole write from one that was cut short; no key is needed to
//! check it. The MAC (HMAC-SHA-256, RFC 2104, cut to 16 bytes) shows that the frame was written with the log's key, at this
//! place of this log, and in this session ([`Chain`]), so that records which were written without the key or at another
//! time are never signed. Bytes after the last frame are left over from earlier writes: the indexes in them are lower
//! than the checkpoint's size.

mod chain;

pub(super) use self::chain::{Chain, Code};
use super::merkle::MAX_SIZE;

/// The path of the journal.
pub(super) const PATH: &str = "journal";

/// The first bytes of a journal. They say what the file is, and which version its format has.
pub(super) const HEADER: [u8; 16] = *b"token-journal/1\n";

/// The first bytes of a frame. No JSON text has these bytes, so no record can look like a frame.
const MAGIC: [u8; 4] = [0xff, 0x00, 0xa5, 0x01];
const FRAME_HEADER: usize = 36;
const MAX_BROKEN: u32 = 64;

/// A group of records on its way into the journal.
pub(super) struct Frame {
    bytes: Vec<u8>,
    index: u64,
}

impl Frame {
    /// Makes a frame whose first record has `index`. It reuses the memory of `buffer`.
    pub(super) fn new(index: u64, mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        buffer.extend_from_slice(&MAGIC);
        buffer.extend_from_slice(&[0; 8]); // The checksum and the length, set by `finish`.
        buffer.extend_from_slice(&index.to_be_bytes());
        buffer.extend_from_slice(&[0; 16]); // The MAC, set by `finish`.
        Self { bytes: buffer, index }
    }

    /// Adds an entry of at most 65,535 bytes. `write` must append the entry to the buffer.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        push_entry(&mut self.bytes, write);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the finished bytes, with the MAC and the checksum; and the code that the next frame continues.
    pub(super) fn finish(mut self, chain: &Chain) -> (Vec<u8>, Code) {
        let length = (self.bytes.len() - FRAME_HEADER) as u32;
        self.set(8, &length.to_be_bytes());
        let code = chain.code(self.index, self.bytes.get(FRAME_HEADER..).unwrap_or_default());
        self.set(20, &code.short());
        let crc = crc32fast::hash(self.bytes.get(8..).unwrap_or_default());
        self.set(4, &crc.to_be_bytes());
        (self.bytes, code)
    }

    fn set(&mut self, at: usize, field: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at + field.len()) {
            place.copy_from_slice(field);
        }
    }
}

/// Appends an entry in the form of a bundle: two bytes of length, then the bytes.
pub(super) fn push_entry(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 2]);
    write(bytes);
    let length = (bytes.len() - start - 2) as u16;
    if let Some(field) = bytes.get_mut(start..start + 2) {
        field.copy_from_slice(&length.to_be_bytes());
    }
}

/// Yields the entries of a bundle, or of a frame. For an entry that is cut off it yields `None`.
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

/// Yields the entries of a finished frame.
pub(super) fn entries_of(frame: &[u8]) -> impl Iterator<Item = &[u8]> {
    entries(frame.get(FRAME_HEADER..).unwrap_or_default()).flatten()
}

/// A whole frame that was read.
#[derive(Clone, Copy)]
pub(super) struct Read<'j> {
    /// The index of the frame's first record.
    pub(super) index: u64,
    code: &'j [u8],
    /// The frame's entries, not yet split.
    pub(super) entries: &'j [u8],
    /// How many entries the frame has.
    pub(super) count: u64,
}

impl Read<'_> {
    /// Returns the index after that of the frame's last record.
    pub(super) fn end(&self) -> u64 {
        self.index + self.count
    }
}

/// The contents of a journal.
pub(super) struct Contents<'j> {
    /// The whole frames from the front on, of which each continues the indexes of the one before.
    pub(super) frames: Vec<Read<'j>>,
    /// Whether a whole frame with a later record stands after bytes that are no frame. Then the records between were
    /// acknowledged, and are damaged.
    pub(super) hole: bool,
}

/// Reads the journal of a log of which `sealed` records are in tiles. Returns `None` if it does not begin as a journal.
pub(super) fn parse(journal: &[u8], sealed: u64) -> Option<Contents<'_>> {
    let mut rest = journal.strip_prefix(&HEADER)?;
    let mut frames: Vec<Read<'_>> = Vec::new();
    while let Some((frame, behind)) = frame(rest) {
        // A frame that doesn't continue the indexes is left over from before the journal was last written from the
        // front.
        if frames.last().is_some_and(|last| last.end() != frame.index) {
            break;
        }
        frames.push(frame);
        rest = behind;
    }
    let next = frames.last().map_or(sealed, |last| last.end().max(sealed));
    Some(Contents { hole: has_frame_from(next, rest), frames })
}

/// Returns whether a whole frame begins anywhere in `bytes` whose records have the index `next` or a higher one.
fn has_frame_from(next: u64, mut bytes: &[u8]) -> bool {
    let mut broken = 0;
    while let Some(start) = bytes.windows(MAGIC.len()).position(|window| window == MAGIC) {
        let candidate = bytes.get(start..).unwrap_or_default();
        bytes = candidate.get(1..).unwrap_or_default();
        // A frame that is left over has a lower index, so it is not tried. If a long frame was cut short, pieces of
        // hundreds of old frames may be left after it.
        if claimed_index(candidate).is_none_or(|index| index < next) {
            continue;
        }
        // At most one write can have been cut short. Each try costs a checksum, so a file that consists of beginnings
        // of frames would take hours. Such a file is damaged in any case, so the search ends after a few tries.
        broken += 1;
        if frame(candidate).is_some() || broken > MAX_BROKEN {
            return true;
        }
    }
    false
}

/// Returns the index that the frame at the beginning of `bytes` states, whether the frame is whole or not. Returns
/// `None` if no frame begins there.
fn claimed_index(bytes: &[u8]) -> Option<u64> {
    let index = bytes.strip_prefix(&MAGIC)?.get(8..)?.first_chunk()?;
    Some(u64::from_be_bytes(*index))
}

/// Reads the frame at the beginning of `bytes`. Returns it and the bytes after it, or `None` if no whole frame begins
/// there.
fn frame(bytes: &[u8]) -> Option<(Read<'_>, &[u8])> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (crc, checked) = rest.split_first_chunk()?;
    let (length, rest) = checked.split_first_chunk()?;
    let (index, rest) = rest.split_first_chunk()?;
    let (code, rest) = rest.split_at_checked(16)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (body, behind) = rest.split_at_checked(length)?;
    let checked = checked.get(..FRAME_HEADER - 8 + length)?;
    if crc32fast::hash(checked) != u32::from_be_bytes(*crc) {
        return None;
    }
    let index = u64::from_be_bytes(*index);
    let count = entries(body).map(|entry| entry.map(|_| 1)).sum::<Option<u64>>()?;
    (index <= MAX_SIZE).then_some((Read { index, code, entries: body, count }, behind))
}
