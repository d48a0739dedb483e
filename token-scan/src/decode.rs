//! Decodes what stands in a text in another encoding.

mod archive;
mod escape;
mod gzip;
mod runs;
mod utf16;

pub(crate) use self::archive::archive;
pub(crate) use self::escape::escapes;
pub(crate) use self::gzip::{gunzip, is_gzip};
pub(crate) use self::runs::{Encoded, encoded, is_digit};
pub(crate) use self::utf16::{from_utf16, looks_like_utf16};

/// Returns whether decoded bytes are text. If the digits were not encoded text, most of the bytes are not printable.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let sample = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let printable = sample.iter().filter(|byte| is_printable(**byte)).count();
    !sample.is_empty() && printable * 20 >= sample.len() * 19
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}
