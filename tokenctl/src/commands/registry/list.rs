//! Implements `registry list`.

use clap::Args;
use pollster::block_on;
use time::UtcDateTime;
use token_core::TokenId;
use token_issue::registry::Rule;

use super::place::failed;
use super::{Place, row, spelled};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::ListFormat;
use crate::output::{Output, number};

/// Lists tokens, in the order of their ids: also those that have ended, until they are pruned.
///
/// For example, the tokens of a job that are alive: `tokenctl registry list --file tokens.db --all --subject job-17 --format json | jq
/// 'select(.state == "live")'`
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only tokens of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only tokens that act on behalf of this subject
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// How many tokens are listed at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100, conflicts_with = "all")]
    limit: usize,
    /// Only tokens after the one with this id, the last one of the page before
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// List all of them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: Place,
    /// How the list is shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let place = arguments.place.take()?;
    let mut after = arguments.after.as_deref().map(spelled::id).transpose()?;
    let name = place.name();
    let registry = place.read()?;
    let limit = if arguments.all { usize::MAX } else { arguments.limit };
    let mut listed = 0;
    loop {
        let page = PAGE.min(limit - listed);
        let rule = rule(arguments.kind.as_deref(), arguments.subject.as_deref());
        let rows = block_on(registry.list(rule, after, page));
        let rows = rows.map_err(|error| failed(&name, &error))?;
        let now = UtcDateTime::now();
        let mut text = String::new();
        for row in &rows {
            match arguments.format {
                ListFormat::Text => row::text(row, now, &mut text)
                    .map_err(|_| Failure::new("the list could not be written"))?,
                ListFormat::Json => text.push_str(&row::json(row, now)),
            }
        }
        listed += rows.len();
        after = rows.last().map(|row| row.token).or(after);
        let is_read = output.answer_while_read(&text)?;
        if rows.len() < page || !is_read {
            break;
        }
        if listed == limit {
            tell_of_more(after, output);
            return Ok(Exit::Clean);
        }
    }
    output.note(&number(listed, "token"));
    Ok(Exit::Clean)
}

fn tell_of_more(last: Option<TokenId>, output: &Output) {
    if let Some(last) = last {
        output.note(&format!(
            "there may be more: `--after {last}` lists the next ones, `--all` all of them"
        ));
    }
}

/// Makes the rule that matches what is asked for.
pub(super) fn rule(kind: Option<&str>, subject: Option<&str>) -> Rule {
    let rule = kind.into_iter().fold(Rule::all(), Rule::kind);
    subject.into_iter().fold(rule, Rule::subject)
}

/// How many rows are read at once.
const PAGE: usize = 1_000;
