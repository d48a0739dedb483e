//! Reads staged texts from the working tree.
//!
//! A staged file usually stands unchanged in the working tree. Reading it there takes a fraction of the time in which
//! git finds and unpacks one object; the object's id shows whether the text is the same.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use crate::source::root::Root;

/// Returns the bytes of the file at a path if they are the text of the object `id`. Otherwise returns `None`, also if
/// the path is not that of a regular file below the root.
pub(super) fn text(root: &Root, path: &Path, id: &str, most: u64) -> Option<Vec<u8>> {
    let (file, found) = root.file(path).ok()?;
    if found.len() > most {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).ok()?.saturating_add(1));
    file.take(most).read_to_end(&mut bytes).ok()?;
    is_object(&bytes, id).then_some(bytes)
}

/// Returns whether an object with these bytes has this id, which is the SHA-1 or SHA-256 of a header and the bytes
/// (gitformat-loose-objects(5)).
fn is_object(bytes: &[u8], id: &str) -> bool {
    let header = format!("blob {}\0", bytes.len());
    match id.len() {
        40 => {
            let mut hash = sha1_smol::Sha1::new();
            hash.update(header.as_bytes());
            hash.update(bytes);
            hex(&hash.digest().bytes()) == id
        }
        64 => {
            let mut hash = hmac_sha256::Hash::new();
            hash.update(header);
            hash.update(bytes);
            hex(&hash.finalize()) == id
        }
        _ => false,
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected ids are those that `git hash-object` prints for the empty text and for a line.
    #[test]
    fn ids_are_gits() {
        assert!(is_object(b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"));
        assert!(is_object(b"", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"));
        assert!(is_object(b"a\n", "78981922613b2afb6025042ff6bd878ac1994e85"));
        assert!(!is_object(b"b\n", "78981922613b2afb6025042ff6bd878ac1994e85"));
        assert!(!is_object(b"", ""));
    }
}
