//! Implements `audit`, which says what a tamper-evident log contains, and keeps its checkpoints. Nothing here changes a log.

mod key;
pub(crate) mod keys;
mod log;
mod open;
mod prove;
mod usage;
mod verify;
mod witness;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Reads audit logs: verifies them, lists open tokens, proves records, keeps checkpoints.
#[derive(Subcommand)]
pub(crate) enum Command {
    Verify(verify::Arguments),
    Open(open::Arguments),
    Prove(prove::Arguments),
    Use(usage::Arguments),
    Witness(witness::Arguments),
    Key(key::Arguments),
}

/// Says how many events the log lost, according to its records.
fn note_missed(missed: u64, output: &Output) {
    if missed > 0 {
        let events =
            if missed == 1 { "1 event was".to_owned() } else { format!("{missed} events were") };
        output.note(&format!(
            "{events} lost, as the records say (`missed`): the end of a token that is open may be among them"
        ));
    }
}

pub(super) fn run(command: &Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Verify(arguments) => verify::run(arguments, output),
        Command::Open(arguments) => open::run(arguments, output),
        Command::Prove(arguments) => prove::run(arguments, output),
        Command::Use(arguments) => usage::run(arguments, output),
        Command::Witness(arguments) => witness::run(arguments, output),
        Command::Key(arguments) => key::run(arguments, output),
    }
}
