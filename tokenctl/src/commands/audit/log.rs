//! Which log a command reads.

use std::path::PathBuf;

use clap::Args;
use token_audit::Reader;

use super::keys;
use crate::failure::Failure;

/// A log, and whose signature its checkpoint must have.
#[derive(Args)]
pub(crate) struct LogArguments {
    /// The log's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The log's verifying key, `NAME+ID+BASE64`; of several, one on each line, that which fits
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
}

impl LogArguments {
    pub(super) fn reader(&self) -> Result<Reader, Failure> {
        keys::open(&self.directory, &keys::read(&self.key)?)
    }
}
