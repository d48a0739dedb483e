//! Implements `audit open`, which lists the tokens that somebody holds.

use clap::Args;
use std::fmt::{self, Write as _};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use token_audit::{OpenToken, Record};
use token_policy::report;

use super::log::LogArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::ListFormat;
use crate::output::{Output, Watch, number};

/// Lists the tokens that were opened, and neither closed nor expired.
///
/// As JSON, each line is the record that opened the token; docs/audit-records.md has its fields.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// How the list is shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let reader = arguments.log.reader()?;
    let watch = Watch::new(output, || "reading the log".to_owned());
    let now = UtcDateTime::now();
    let open = reader.open_tokens(now)?;
    drop(watch);
    let mut text = String::new();
    for token in open.iter() {
        let written = match arguments.format {
            ListFormat::Text => write_token(token, now, &mut text),
            ListFormat::Json => {
                let record = Record::new(token.opened, token.since, token.event.clone());
                writeln!(text, "{}", record.to_json())
            }
        };
        written.map_err(|_| Failure::new("the list could not be written"))?;
    }
    output.answer(&text)?;
    output.note(&format!("{} open", number(open.len(), "token")));
    super::note_missed(open.missed(), output);
    if open.strays() > 0 {
        output.note(&format!("{} closed nothing", number_of(open.strays())));
    }
    Ok(Exit::Clean)
}

fn number_of(strays: u64) -> String {
    if strays == 1 { "1 record".to_owned() } else { format!("{strays} records") }
}

fn write_token(token: &OpenToken, now: UtcDateTime, out: &mut String) -> fmt::Result {
    let event = &token.event;
    let since = token.since.format(&Rfc3339).unwrap_or_default();
    let age = age(token.age(now).as_secs());
    report::wrap("", 4, &format!("{}: `{}`, open for {age}", token.opened, event.kind), out)?;
    let id = event.token.map(|id| id.to_string()).unwrap_or_default();
    let (actor, reason) = (event.actor.as_deref(), event.reason.as_deref());
    let parent = event.parent.map(|id| id.to_string()).unwrap_or_default();
    let expiry = event.expires_at.and_then(|expiry| expiry.format(&Rfc3339).ok());
    let facts = [
        ("token", id.as_str()),
        ("narrowed from", &parent),
        ("since", &since),
        ("until", &expiry.unwrap_or_default()),
        ("subject", event.subject.as_deref().unwrap_or_default()),
        ("scopes", &event.scopes.join(" ")),
        ("actor", actor.unwrap_or_default()),
        ("reason", reason.unwrap_or_default()),
    ];
    for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        let head = format!("    {name}: ");
        report::wrap(&head, head.len(), value, out)?;
    }
    Ok(())
}

/// Writes an age in its two largest units.
fn age(seconds: u64) -> String {
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}
