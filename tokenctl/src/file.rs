//! Reads files that the arguments name, up to a limit.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::failure::Failure;

/// The most bytes that are read. No policy, file of rules, key or proof is larger; a device may be endless.
const MOST: u64 = 64 << 20;

/// Reads a file. Fails if it is longer than the limit.
pub(crate) fn bytes(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| Failure::at(shown, &error))?;
    let read = file.take(MOST + 1).read_to_end(&mut bytes);
    match read.map(|length| u64::try_from(length).is_ok_and(|length| length <= MOST)) {
        Ok(true) => Ok(bytes),
        Ok(false) => Err(Failure::new(format!("{shown}: larger than {} MiB", MOST >> 20))),
        Err(error) => Err(Failure::at(shown, &error)),
    }
}

/// Reads a file of text. Fails if it is not UTF-8.
pub(crate) fn text(path: &Path, shown: &str) -> Result<String, Failure> {
    let text = String::from_utf8(bytes(path, shown)?);
    text.map_err(|_| Failure::new(format!("{shown}: this is not UTF-8 text")))
}
