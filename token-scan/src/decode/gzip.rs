//! Decompresses gzip (RFC 1952), up to a limit.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// Returns whether bytes begin as gzip with deflate, its only compression method.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Decompresses up to `most` bytes. Returns them, and whether there was no error. After an error they end where the
/// damage begins.
pub(crate) fn gunzip(bytes: &[u8], most: usize) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    // After an error, `out` keeps what was decompressed before it.
    let read = MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut out);
    (out, read.is_ok())
}
