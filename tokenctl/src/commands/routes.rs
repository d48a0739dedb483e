//! Implements the commands about tables of routes.

mod diff;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Reads tables of routes, which say what each route of a service asks for.
#[derive(Subcommand)]
pub(crate) enum Command {
    Diff(diff::Arguments),
}

pub(super) fn run(command: &Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Diff(arguments) => diff::run(arguments, output),
    }
}
