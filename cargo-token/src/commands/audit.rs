//! `audit`: what a tamper-evident log says. Nothing here changes a log.

pub(crate) mod keys;
mod open;
mod prove;
mod usage;
mod verify;

use clap::{Args, Subcommand};
use std::path::PathBuf;
use token_core::audit::Reader;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Reads audit logs: verifies them, lists open tokens, proves records.
#[derive(Subcommand)]
pub(crate) enum Command {
    Verify(verify::Arguments),
    Open(open::Arguments),
    Prove(prove::Arguments),
    Use(usage::Arguments),
}

/// A log, and whose signature its checkpoint must have.
#[derive(Args)]
pub(crate) struct LogArguments {
    /// The log's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The log's verifying key, `NAME+ID+BASE64`; of several, one on each line, that which fits
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl LogArguments {
    fn reader(&self) -> Result<Reader, Failure> {
        keys::open(&self.directory, &keys::read(&self.key)?)
    }
}

pub(super) fn run(command: &Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Verify(arguments) => verify::run(arguments, output),
        Command::Open(arguments) => open::run(arguments, output),
        Command::Prove(arguments) => prove::run(arguments, output),
        Command::Use(arguments) => usage::run(arguments, output),
    }
}
