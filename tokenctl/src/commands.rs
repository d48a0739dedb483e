//! Runs the commands. Each calls a library, and prints what it returns.

mod audit;
mod check;
mod completions;
mod diff;
mod explain;
mod init;
mod lock;
mod man;
#[cfg(feature = "registry")]
mod registry;
mod rotate;
mod routes;
mod scan;
mod show;
mod source_id;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Subcommand)]
pub(crate) enum Command {
    Init(init::Arguments),
    Check(check::Arguments),
    Diff(diff::Arguments),
    Scan(scan::Arguments),
    Lock(lock::Arguments),
    Rotate(Box<rotate::Arguments>),
    #[cfg(feature = "registry")]
    #[command(subcommand)]
    Registry(registry::Command),
    Explain(explain::Arguments),
    #[command(subcommand)]
    Routes(routes::Command),
    Show(show::Arguments),
    SourceId(source_id::Arguments),
    #[command(subcommand)]
    Audit(audit::Command),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// A function that returns the whole command, with all its arguments.
pub(crate) type Whole = fn() -> clap::Command;

pub(crate) fn run(command: &Command, whole: Whole, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Init(arguments) => init::run(arguments, output),
        Command::Check(arguments) => check::run(arguments, output),
        Command::Diff(arguments) => diff::run(arguments, output),
        Command::Scan(arguments) => scan::run(arguments, output),
        Command::Lock(arguments) => lock::run(arguments, output),
        Command::Rotate(arguments) => rotate::run(arguments, output),
        #[cfg(feature = "registry")]
        Command::Registry(command) => registry::run(command, output),
        Command::Explain(arguments) => explain::run(arguments, output),
        Command::Routes(command) => routes::run(command, output),
        Command::Show(arguments) => show::run(arguments, output),
        Command::SourceId(arguments) => source_id::run(arguments, output),
        Command::Audit(command) => audit::run(command, output),
        Command::Completions(arguments) => completions::run(arguments, whole(), output),
        Command::Man(arguments) => man::run(arguments, whole(), output),
    }
}
