//! The frames of a journal, taken apart and put together again: what somebody without the log's key can do with them.

/// What a journal begins with.
pub(crate) const HEADER: &[u8] = b"token-journal/1\n";
const MAGIC: [u8; 4] = [0xff, 0x00, 0xa5, 0x01];

/// A frame: the index of its first record, its code and its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) index: u64,
    pub(crate) code: [u8; 16],
    pub(crate) entries: Vec<u8>,
}

impl Frame {
    /// The bytes of it, with a checksum that is right.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut checked = u32::try_from(self.entries.len()).unwrap().to_be_bytes().to_vec();
        checked.extend(self.index.to_be_bytes());
        checked.extend(self.code);
        checked.extend(&self.entries);
        [&MAGIC[..], &crc32fast::hash(&checked).to_be_bytes(), &checked].concat()
    }
}

/// The whole frames from the front on, without a look at their indexes.
pub(crate) fn frames(journal: &[u8]) -> Vec<Frame> {
    let (mut rest, mut frames) = (journal.strip_prefix(HEADER).unwrap(), Vec::new());
    while let Some(frame) = rest.strip_prefix(&MAGIC) {
        let Some(length) = frame.get(4..8).and_then(|length| length.try_into().ok()) else { break };
        let length = u32::from_be_bytes(length) as usize;
        let Some(entries) = frame.get(32..32 + length) else { break };
        let index = u64::from_be_bytes(frame[8..16].try_into().unwrap());
        let code = frame[16..32].try_into().unwrap();
        frames.push(Frame { index, code, entries: entries.to_vec() });
        rest = &frame[32 + length..];
    }
    frames
}

/// A journal of these frames.
pub(crate) fn journal(frames: &[Frame]) -> Vec<u8> {
    let frames: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
    [HEADER, &frames].concat()
}
