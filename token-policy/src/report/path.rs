//! Keeps paths whose bytes are no UTF-8 in texts.
//!
//! A path is a text everywhere in a report. Linux allows any byte in a name but `/` and zero. So a byte that is not part
//! of UTF-8 becomes a *mark*: one of 128 characters of a private area, from which the byte can be had again.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
#[cfg(feature = "json")]
use core::fmt::Write as _;

/// The character of the byte 0x80. The marks of the bytes 0x80 to 0xff follow each other.
const FIRST: u32 = 0x10_FE80;

/// Returns the path as a text, from which [`path_bytes`] makes the same bytes again. A byte that is no part of UTF-8
/// becomes a mark, which text shows as `\xFF`, JSON as U+FFFD, and a URI as `%FF`.
///
/// ```
/// use token_policy::report::{path_bytes, path_text};
///
/// assert_eq!(path_text(b"src/lib.rs"), "src/lib.rs");
/// assert_eq!(path_bytes(&path_text(b"bad\xff.txt")).as_ref(), b"bad\xff.txt");
/// ```
pub fn path_text(path: &[u8]) -> Cow<'_, str> {
    match core::str::from_utf8(path) {
        Ok(text) if !text.chars().any(is_mark) => Cow::Borrowed(text),
        _ => Cow::Owned(marked(path)),
    }
}

/// Returns the bytes of a path from [`path_text`].
pub fn path_bytes(path: &str) -> Cow<'_, [u8]> {
    if !path.chars().any(is_mark) {
        return Cow::Borrowed(path.as_bytes());
    }
    let mut bytes = Vec::with_capacity(path.len());
    for c in path.chars() {
        match byte(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// Returns the byte that a character is the mark of.
pub(super) fn byte(c: char) -> Option<u8> {
    let number = u32::from(c).checked_sub(FIRST)?;
    u8::try_from(number + 0x80).ok()
}

fn is_mark(c: char) -> bool {
    byte(c).is_some()
}

fn mark(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte) - 0x80).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn marked(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            // A name may have such a character itself. Then its bytes are marked, none of which is ASCII.
            match is_mark(c) {
                true => text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(mark)),
                false => text.push(c),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| mark(*byte)));
    }
    text
}

/// Returns a path for JSON: with U+FFFD for each byte that is no part of UTF-8.
#[cfg(feature = "json")]
pub(super) fn lossy(path: &str) -> String {
    path.chars().map(|c| if is_mark(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Returns a path as a URI reference (RFC 3986), which, percent-decoded, has the bytes of the path: all characters are
/// encoded that need not stay as they are.
#[cfg(feature = "json")]
pub(super) fn uri(path: &str) -> String {
    let bytes = path_bytes(path);
    let (mut uri, rest) = absolute(&bytes);
    for byte in rest {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(*byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            // Writing to a string cannot fail.
            _ => write!(uri, "%{byte:02X}").unwrap_or_default(),
        }
    }
    uri
}

/// Returns the beginning of the URI of an absolute path, and the rest of the path.
#[cfg(feature = "json")]
fn absolute(path: &[u8]) -> (String, &[u8]) {
    match path {
        [b'/', ..] => (String::from("file://"), path),
        // With a drive, whose colon stays as it is, or with a server's name after `\\`. Elsewhere a folder may be called so.
        [drive @ (b'a'..=b'z' | b'A'..=b'Z'), b':', b'/' | b'\\', ..] if cfg!(windows) => {
            (alloc::format!("file:///{}:", char::from(*drive)), path.get(2..).unwrap_or_default())
        }
        [b'\\', b'\\', ..] if cfg!(windows) => (String::from("file:"), path),
        _ => (String::new(), path),
    }
}
