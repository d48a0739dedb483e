//! Implements `audit use`, which lists the scopes that were granted and those that were used.

use std::fmt::{self, Write as _};

use clap::Args;
use serde_json::json;
use time::{Duration, UtcDateTime};
use token_audit::KindUse;
use token_policy::report;

use super::log::LogArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::ListFormat;
use crate::output::{Output, Watch};

/// Lists, for each token kind, the scopes that its tokens had and how often each was used.
///
/// `tokenctl check --log` compares the same with the policy.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// How many days to look back; take more than a token lives
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    days: u16,
    /// How the list is shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let reader = arguments.log.reader()?;
    let since = UtcDateTime::now() - Duration::days(arguments.days.into());
    let watch = Watch::new(output, || "reading the log".to_owned());
    let found = reader.scope_use(since, UtcDateTime::MAX)?;
    drop(watch);
    let mut text = String::new();
    for (kind, scopes) in found.kinds() {
        let written = match arguments.format {
            ListFormat::Text => write_kind(kind, scopes, &mut text),
            ListFormat::Json => writeln!(text, "{}", object(kind, scopes)),
        };
        written.map_err(|_| Failure::new("the list could not be written"))?;
    }
    output.answer(&text)?;
    if text.is_empty() {
        output.note(&format!("no token was open in the last {} days", arguments.days));
    }
    Ok(Exit::Clean)
}

fn write_kind(kind: &str, scopes: &KindUse, out: &mut String) -> fmt::Result {
    report::wrap("", 4, kind, out)?;
    let names = || scopes.granted().chain(scopes.used().map(|(scope, _)| scope));
    let width = names().map(|name| report::visible(name).chars().count()).max().unwrap_or(0);
    for (scope, times) in scopes.used() {
        let plural = if times == 1 { "" } else { "s" };
        writeln!(out, "  {:width$}  used {times} time{plural}", report::visible(scope))?;
    }
    for scope in scopes.unused() {
        writeln!(out, "  {:width$}  not used", report::visible(scope))?;
    }
    Ok(())
}

fn object(kind: &str, scopes: &KindUse) -> serde_json::Value {
    let used: serde_json::Map<String, serde_json::Value> =
        scopes.used().map(|(scope, times)| (scope.to_owned(), times.into())).collect();
    let granted: Vec<&str> = scopes.granted().collect();
    let unused: Vec<&str> = scopes.unused().collect();
    json!({ "granted": granted, "kind": kind, "unused": unused, "used": used })
}
