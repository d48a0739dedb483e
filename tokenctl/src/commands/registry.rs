//! Implements `registry`, which mints, lists and revokes tokens of our own at the command line. Nothing here shows a token, but for the one
//! way out of `mint`.

mod desk;
mod end;
mod init;
mod list;
mod log;
mod mint;
mod pepper;
mod place;
mod prune;
mod reconcile;
mod revoke;
mod row;
mod show;
mod spelled;
mod watch;
mod way;

use clap::Subcommand;

pub(super) use self::desk::{Desk, failed as desk_failed};
use self::end::End;
pub(super) use self::end::{Ended, afterwards, token as end_token};
pub(super) use self::log::{LogArguments, Recorded};
pub(super) use self::place::{Place, Where};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Mints, lists and revokes tokens of our own, in the registry of an issuer.
///
/// The registry is a SQLite file (`--file`) or a PostgreSQL database, whose URL is a secret and comes from a file (`--url-file`) or a
/// variable (`--url-env`), which is wiped. docs/issuing.md is the guide.
#[derive(Subcommand)]
pub(crate) enum Command {
    Init(init::Arguments),
    Mint(Box<mint::Arguments>),
    List(list::Arguments),
    Show(show::Arguments),
    Revoke(Box<revoke::Arguments>),
    Prune(prune::Arguments),
    Reconcile(Box<reconcile::Arguments>),
    Watch(watch::Arguments),
}

pub(super) fn run(command: &Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Init(arguments) => init::run(arguments, output),
        Command::Mint(arguments) => mint::run(arguments, output),
        Command::List(arguments) => list::run(arguments, output),
        Command::Show(arguments) => show::run(arguments, output),
        Command::Revoke(arguments) => revoke::run(arguments, output),
        Command::Prune(arguments) => prune::run(arguments, output),
        Command::Reconcile(arguments) => reconcile::run(arguments, output),
        Command::Watch(arguments) => watch::run(arguments, output),
    }
}
