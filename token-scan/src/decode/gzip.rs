//! gzip (RFC 1952), as much of it as may be decompressed.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// Whether bytes begin as gzip with the one compression method it has.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// The decompressed bytes, up to `most` of them, and whether that went well. What is damaged ends them.
pub(crate) fn gunzip(bytes: &[u8], most: usize) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    // On an error what came before it stays.
    let read = MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut out);
    (out, read.is_ok())
}
