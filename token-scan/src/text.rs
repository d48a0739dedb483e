//! Holds bytes to search, and knows where each of them stands in the file.

/// Bytes to search: a file's own, or decoded from a part of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    bytes: &'a [u8],
    places: Option<&'a [usize]>,
    cut: bool,
}

impl<'a> Text<'a> {
    /// Makes a text of a whole file.
    pub(crate) fn file(bytes: &'a [u8]) -> Text<'a> {
        Text { bytes, places: None, cut: false }
    }

    pub(crate) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns whether the text may begin in the middle of something. Then a token may begin right after its first
    /// bytes.
    pub(crate) fn is_cut(self) -> bool {
        self.cut
    }

    /// Returns the bytes of a range, cut where the text ends.
    pub(crate) fn slice(self, start: usize, end: usize) -> &'a [u8] {
        slice(self.bytes, start, end)
    }

    /// Returns the place in the file from which a byte comes. For the end of the text it is the place of the last byte.
    pub(crate) fn place(self, at: usize) -> usize {
        match self.places {
            None => at,
            Some(places) => places.get(at).or(places.last()).copied().unwrap_or(0),
        }
    }
}

/// Bytes that were decoded, each with its place in the file.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    bytes: Vec<u8>,
    places: Vec<usize>,
    cut: bool,
}

impl Decoded {
    /// Makes an empty `Decoded` for bytes of base64 that may begin in the middle of something.
    pub(crate) fn cut() -> Decoded {
        Decoded { cut: true, ..Decoded::default() }
    }

    pub(crate) fn push(&mut self, byte: u8, place: usize) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    pub(crate) fn extend(&mut self, bytes: &[u8], place: usize) {
        self.bytes.extend_from_slice(bytes);
        self.places.resize(self.bytes.len(), place);
    }

    pub(crate) fn append(&mut self, other: &Decoded) {
        self.bytes.extend_from_slice(&other.bytes);
        self.places.extend_from_slice(&other.places);
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn place(&self, at: usize) -> usize {
        self.places.get(at).or(self.places.last()).copied().unwrap_or(0)
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
    }

    pub(crate) fn text(&self) -> Text<'_> {
        Text { bytes: &self.bytes, places: Some(&self.places), cut: self.cut }
    }
}

/// Returns the bytes of a range, cut where the slice ends.
pub(crate) fn slice(bytes: &[u8], start: usize, end: usize) -> &[u8] {
    let end = end.min(bytes.len());
    bytes.get(start.min(end)..end).unwrap_or_default()
}
