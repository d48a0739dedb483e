//! Implements `registry show`.

use clap::Args;
use pollster::block_on;
use time::UtcDateTime;

use super::place::failed;
use super::{Place, row, spelled};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::ListFormat;
use crate::output::Output;

/// Shows what the registry knows of one token.
///
/// For example: `tokenctl registry show 8949c63927c4e4067684f594909e2ee0 --file tokens.db`
#[derive(Args)]
pub(crate) struct Arguments {
    /// The id of the token, 32 hexadecimal digits; never the token
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    place: Place,
    /// How it is shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let place = arguments.place.take()?;
    let id = spelled::id(&arguments.id)?;
    let name = place.name();
    let registry = place.read()?;
    let row = block_on(registry.show(id)).map_err(|error| failed(&name, &error))?;
    let Some(row) = row else {
        return Err(Failure::new(format!("{name} does not know token {id}")).help(
            "it was minted in another registry, or never, or it expired long ago and was pruned",
        ));
    };
    let now = UtcDateTime::now();
    let mut text = String::new();
    match arguments.format {
        ListFormat::Text => row::text(&row, now, &mut text)
            .map_err(|_| Failure::new("the token could not be shown"))?,
        ListFormat::Json => text = row::json(&row, now),
    }
    output.answer(&text)?;
    Ok(Exit::Clean)
}
