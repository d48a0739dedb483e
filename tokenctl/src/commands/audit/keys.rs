//! Reads verifying keys from a file.

use std::path::Path;

use token_audit::ErrorKind;
use token_audit::{Checkpoint, Reader, VerifyingKey};

use crate::failure::Failure;
use crate::file;

/// Reads the keys in a file, one on each line. Empty lines and lines that begin with `#` are skipped.
pub(crate) fn read(path: &Path) -> Result<Vec<VerifyingKey>, Failure> {
    let shown = path.to_string_lossy();
    let text = file::text(path, &shown)?;
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let keys: Result<Vec<VerifyingKey>, Failure> = lines
        .map(|(number, line)| {
            line.parse().map_err(|error| wrong(&format!("{shown}:{number}"), error))
        })
        .collect();
    match keys {
        Ok(keys) if keys.is_empty() => {
            Err(Failure::new(format!("{shown}: there is no key in this file")))
        }
        keys => keys,
    }
}

/// Makes the error about a text that is no verifying key. It repeats nothing of the text, since somebody may pass the
/// secret half by mistake.
fn wrong(place: &str, error: token_audit::Error) -> Failure {
    Failure::within(place, error)
        .help("expected the log's verifying key, as `SigningKey::verifying_key` prints it")
}

/// Opens a log with the one of `keys` that signed its checkpoint.
pub(crate) fn open(directory: &Path, keys: &[VerifyingKey]) -> Result<Reader, Failure> {
    fitting(keys, |key| Reader::open(directory, key))
}

/// Reads a checkpoint that was kept in a file.
pub(super) fn checkpoint(path: &Path, keys: &[VerifyingKey]) -> Result<Checkpoint, Failure> {
    let shown = path.to_string_lossy();
    let bytes = file::bytes(path, &shown)?;
    let read = fitting(keys, |key| Checkpoint::parse(&bytes, key));
    read.map_err(|failure| Failure::within(&shown, failure.message))
}

/// Returns what `attempt` gives for the first key that fits. If none fits, returns the error for the last one.
pub(super) fn fitting<T>(
    keys: &[VerifyingKey],
    attempt: impl Fn(&VerifyingKey) -> Result<T, token_audit::Error>,
) -> Result<T, Failure> {
    let mut last = Failure::new("there is no key");
    for key in keys {
        match attempt(key) {
            Ok(done) => return Ok(done),
            Err(error) if error.kind() == ErrorKind::InvalidSignature => last = error.into(),
            Err(error) => return Err(error.into()),
        }
    }
    Err(last)
}
