//! Defines the arguments that say which log a command reads.

use std::path::PathBuf;

use clap::Args;
use token_audit::Reader;

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
    pub(super) fn reader(&self) -> Result<Reader, Failure> {
        keys::open(&self.directory, &keys::read(&self.key)?)
    }
}
