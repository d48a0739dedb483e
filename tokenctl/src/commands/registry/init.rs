//! Implements `registry init`, which makes a registry or brings it up to date.

use clap::Args;

use super::Place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Makes a registry, or brings the one that is there up to date.
///
/// It may be run again: a registry that is up to date stays as it is. In PostgreSQL the tables stand in the schema `token_registry`, and only
/// the role that makes them must be allowed to. Programs of an older version refuse a registry that was brought up to date, so do that when
/// all services have this version.
///
/// For example: `tokenctl registry init --file tokens.db`, or `tokenctl registry init --url-env TOKENS_DB`
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let place = arguments.place.take()?;
    let name = place.name();
    drop(place.make()?);
    output.note(&format!(
        "{name} is ready: its schema is the newest that {} {} knows",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION")
    ));
    Ok(Exit::Clean)
}
