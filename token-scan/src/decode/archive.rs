//! Recognizes archives and compressed files, which are not opened.

/// The formats, and the bytes with which their files begin. A tar file is not among them, since it contains its files
/// uncompressed and need not be opened.
const BEGINNINGS: [(&str, &[u8]); 7] = [
    ("7z", b"7z\xbc\xaf\x27\x1c"),
    ("bzip2", b"BZh"),
    ("lz4", b"\x04\x22\x4d\x18"),
    ("rar", b"Rar!\x1a\x07"),
    ("xz", b"\xfd7zXZ\0"),
    ("zip", b"PK\x03\x04"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
];

/// The beginning of the first block of bzip2: the digits of pi.
const BZIP2_BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";

/// Returns the format of an archive, or `None` if the bytes are no archive.
pub(crate) fn archive(bytes: &[u8]) -> Option<&'static str> {
    let (name, _) = BEGINNINGS.iter().find(|(_, beginning)| bytes.starts_with(beginning))?;
    // A text may also begin with the letters `BZh`.
    let is_text = *name == "bzip2" && bytes.get(4..10) != Some(BZIP2_BLOCK);
    (!is_text).then_some(*name)
}
