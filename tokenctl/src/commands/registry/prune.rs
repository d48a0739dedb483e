//! Implements `registry prune`.

use std::time::Duration;

use clap::Args;
use pollster::block_on;
use time::UtcDateTime;

use super::place::failed;
use super::{Place, end, spelled};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, number};

/// Has the registry forget tokens that expired long ago. Run it now and then, such as every hour.
///
/// For example, to keep the facts for a month: `tokenctl registry prune --file tokens.db --before 30d`
#[derive(Args)]
pub(crate) struct Arguments {
    /// How long ago they must have expired; at least 16 minutes: the longest leeway of a policy, and the longest time for which what a
    /// token for one use has opened may go on
    #[arg(long, value_name = "TIME", default_value = "16m", value_parser = spelled::time)]
    before: Duration,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    if arguments.before < end::afterwards() {
        return Err(Failure::usage("`--before` is shorter than 16 minutes").help(
            "a token that has just expired may still be accepted by a machine whose clock is behind, and must be revocable",
        ));
    }
    let before =
        UtcDateTime::now().checked_sub(arguments.before.try_into().unwrap_or(time::Duration::MAX));
    let Some(before) = before else {
        return Err(
            Failure::usage("`--before` is longer than the calendar").help("name a shorter time")
        );
    };
    let place = arguments.place.take()?;
    let name = place.name();
    let registry = place.open()?;
    let pruned = block_on(registry.prune(before)).map_err(|error| failed(&name, &error))?;
    let rows = usize::try_from(pruned.rows).unwrap_or(usize::MAX);
    output.note(&format!("{} forgotten", number(rows, "token")));
    Ok(Exit::Clean)
}
