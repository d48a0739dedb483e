//! The journal: where records become durable before they are in a tile.
//!
//! It is a file of fixed size that is written from the front again and again, so that a write changes no
//! metadata and takes no space. It begins with [`HEADER`]. Then come frames, one for each group of records
//! that became durable together:
//!
//! ```text
//! magic 4 bytes | CRC-32 of all that follows | length of the entries | index of the first | code     | entries
//!               | 4 bytes                    | 4 bytes               | 8 bytes            | 16 bytes | (length 2 bytes, bytes)*
//! ```
//!
//! Numbers are big-endian. The checksum tells a write that was cut short from a whole one; no key is needed to check
//! it. The code (HMAC-SHA-256, RFC 2104, cut to 16 bytes) shows that the frame was written with the log's key, so
//! that records which were written without it are never signed. Bytes behind the last frame are left over from
//! earlier: their indexes are lower than the checkpoint's size.

use constant_time_eq::constant_time_eq;
use token_core::{Secret, wipe};

use super::{
    key::SigningKey,
    merkle::{MAX_SIZE, leaf_hash},
};

/// The journal's path.
pub(super) const PATH: &str = "journal";

/// The first bytes of a journal: what it is, and the version of its format.
pub(super) const HEADER: [u8; 16] = *b"token-journal/1\n";

/// No JSON text has these bytes, so no record looks like a frame.
const MAGIC: [u8; 4] = [0xff, 0x00, 0xa5, 0x01];
const FRAME_HEADER: usize = 36;
const MAX_BROKEN: u32 = 64;

/// A group of records on its way into the journal.
pub(super) struct Frame {
    bytes: Vec<u8>,
    index: u64,
}

impl Frame {
    /// A frame whose first record has `index`. It reuses the memory of `buffer`.
    pub(super) fn new(index: u64, mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        buffer.extend_from_slice(&MAGIC);
        buffer.extend_from_slice(&[0; 8]); // Checksum and length.
        buffer.extend_from_slice(&index.to_be_bytes());
        buffer.extend_from_slice(&[0; 16]); // The code.
        Self { bytes: buffer, index }
    }

    /// Adds an entry of at most 65,535 bytes, which `write` appends to the buffer.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        push_entry(&mut self.bytes, write);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The finished bytes.
    pub(super) fn finish(mut self, key: &FrameKey) -> Vec<u8> {
        let length = (self.bytes.len() - FRAME_HEADER) as u32;
        self.set(8, &length.to_be_bytes());
        let code = key.code(self.index, self.bytes.get(FRAME_HEADER..).unwrap_or_default());
        self.set(20, &code);
        let crc = crc32fast::hash(self.bytes.get(8..).unwrap_or_default());
        self.set(4, &crc.to_be_bytes());
        self.bytes
    }

    fn set(&mut self, at: usize, field: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at + field.len()) {
            place.copy_from_slice(field);
        }
    }
}

/// The key that authenticates frames. It is derived from the log's signing key, and wiped like it.
pub(super) struct FrameKey(Secret);

impl FrameKey {
    pub(super) fn of(key: &SigningKey) -> Self {
        Self(key.derive(b"token-core/journal/v1"))
    }

    /// Whether the frame was written with this key.
    pub(super) fn wrote(&self, frame: &Read<'_>) -> bool {
        constant_time_eq(&self.code(frame.index, frame.entries), frame.code)
    }

    pub(super) fn code(&self, index: u64, entries: &[u8]) -> [u8; 16] {
        // The entries are hashed with the processor's own instructions, which `hmac_sha256` does not use.
        let mut message = [0; 40];
        let (start, end) = message.split_at_mut(8);
        start.copy_from_slice(&index.to_be_bytes());
        end.copy_from_slice(&leaf_hash(entries));
        let code = self.0.with_bytes("the key of the journal's frames", |key| {
            wipe::on_zeros([key, &message], |[key, message]| hmac_sha256::HMAC::mac(message, key))
        });
        code.first_chunk().copied().unwrap_or_default()
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

/// The entries of a bundle, or of a frame. `None` in the place of an entry that is cut off.
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
    code: &'j [u8],
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

/// The contents of a journal.
pub(super) struct Contents<'j> {
    /// The frames that follow one another without a gap, from the front.
    pub(super) frames: Vec<Read<'j>>,
    /// Whether a whole frame with a later record stands behind bytes that are no frame. Then the
    /// records between were acknowledged, and are damaged.
    pub(super) hole: bool,
}

/// Reads the journal of a log of which `sealed` records are in tiles. `None` if it does not begin as a journal.
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
        bytes = candidate.get(1..).unwrap_or_default();
        // Frames that are left over have lower indexes. A long frame that was cut short may leave
        // pieces of hundreds of old frames, so those are not tried.
        if claimed_index(candidate).is_none_or(|index| index < next) {
            continue;
        }
        // At most one write was cut short. Each try costs a checksum, so a file that consists of
        // beginnings of frames would take hours. Such a file is damaged in any case.
        broken += 1;
        if frame(candidate).is_some() || broken > MAX_BROKEN {
            return true;
        }
    }
    false
}

/// The index that a frame at the beginning of `bytes` states, whole or not.
fn claimed_index(bytes: &[u8]) -> Option<u64> {
    let index = bytes.strip_prefix(&MAGIC)?.get(8..)?.first_chunk()?;
    Some(u64::from_be_bytes(*index))
}

/// The whole frame that `bytes` begin with, and the bytes behind it.
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
