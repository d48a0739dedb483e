//! Defines the arguments that say which log a command reads.

use std::path::PathBuf;

use clap::Args;
use token_audit::{Checkpoint, Reader, VerifyingKey};

use super::keys;
use crate::failure::Failure;

/// A log, and the key that must have signed its checkpoint.
#[derive(Args)]
pub(crate) struct LogArguments {
    /// The log's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// A file with the log's verifying key, `NAME+ID+BASE64`; it may have several, one on each line, of which the one
    /// that fits is used
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
}

impl LogArguments {
    /// Returns the reader, and the one of the keys that fits.
    pub(super) fn reader_with<'k>(
        &self,
        all: &'k [VerifyingKey],
    ) -> Result<(Reader, &'k VerifyingKey), Failure> {
        let reader = keys::open(&self.directory, all)?;
        let named = |key: &&VerifyingKey| key.name() == reader.checkpoint().origin();
        let signs =
            |key: &&VerifyingKey| Checkpoint::parse(reader.checkpoint().as_str(), key).is_ok();
        let key = all.iter().filter(named).find(signs);
        key.map(|key| (reader, key)).ok_or_else(|| Failure::new("there is no key"))
    }

    pub(super) fn reader(&self) -> Result<Reader, Failure> {
        keys::open(&self.directory, &keys::read(&self.key)?)
    }
}
