//! Implements `explain`, which says what a code means.

pub(crate) mod topics;

use std::fmt;

use clap::Args;
use serde_json::json;
use token_policy::{nearest, report};

use self::topics::{Group, Topic};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::ListFormat;
use crate::output::Output;

/// Explains the code of a finding, a rule of the scan, or an exit code; without one, lists them all.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The code, such as `no-owner`, `github-token` or `exit-4`
    code: Option<String>,
    /// How explanations are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let groups = topics::all()?;
    let mut text = String::new();
    let written = match (&arguments.code, arguments.format) {
        (Some(code), ListFormat::Text) => explain(find(&groups, code)?, &mut text),
        (Some(code), ListFormat::Json) => object(find(&groups, code)?, &mut text),
        (None, ListFormat::Text) => list(&groups, &mut text),
        (None, ListFormat::Json) => {
            let mut all = groups.iter().flat_map(|group| &group.topics);
            all.try_for_each(|topic| object(topic, &mut text))
        }
    };
    written.map_err(|_| Failure::new("the explanation could not be written"))?;
    output.answer(&text)?;
    Ok(Exit::Clean)
}

fn find<'g>(groups: &'g [Group], code: &str) -> Result<&'g Topic, Failure> {
    let all = || groups.iter().flat_map(|group| &group.topics);
    let exit = format!("exit-{code}");
    if let Some(topic) = all().find(|topic| topic.code == code || topic.code == exit) {
        return Ok(topic);
    }
    let shown: String = report::visible(code).chars().take(64).collect();
    let failure = Failure::usage(format!("there is no code `{shown}`"));
    Err(match nearest(code, all().map(|topic| topic.code.as_str())) {
        Some(meant) => failure.help(format!("did you mean `{meant}`?")),
        None => failure.help("`tokenctl explain` lists them all"),
    })
}

fn list(groups: &[Group], out: &mut dyn fmt::Write) -> fmt::Result {
    for (number, group) in groups.iter().enumerate() {
        let gap = if number > 0 { "\n" } else { "" };
        writeln!(out, "{gap}{}:", group.title)?;
        let width = group.topics.iter().map(|topic| topic.code.len()).max().unwrap_or(0);
        for topic in &group.topics {
            let head = format!("  {:width$}  ", topic.code);
            report::wrap(&head, head.len(), &topic.summary, out)?;
        }
    }
    Ok(())
}

fn explain(topic: &Topic, out: &mut dyn fmt::Write) -> fmt::Result {
    let level = topic.level.map(|level| format!(" (level {level})")).unwrap_or_default();
    report::wrap(&format!("{}{level}: ", topic.code), 4, &topic.summary, out)?;
    let parts = [
        ("Why", &topic.reason),
        ("Example", &topic.example),
        ("What to do", &topic.fix),
        ("Source", &topic.source),
    ];
    for (title, text) in parts.into_iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(out, "\n{title}:")?;
        for line in text.lines() {
            let indent = 2 + line.len() - line.trim_start().len();
            report::wrap(&" ".repeat(indent), indent, line.trim_start(), out)?;
        }
    }
    Ok(())
}

fn object(topic: &Topic, out: &mut dyn fmt::Write) -> fmt::Result {
    let object = json!({
        "code": topic.code,
        "example": topic.example,
        "fix": topic.fix,
        "level": topic.level.map(token_policy::Level::as_str),
        "reason": topic.reason,
        "source": topic.source,
        "summary": topic.summary,
    });
    writeln!(out, "{object}")
}
