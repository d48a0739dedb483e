//! Implements `diff`, which says whether a changed policy permits more or less.

mod side;

use clap::Args;
use serde_json::{Value, json};
use token_policy::diff::{Diff, Verdict, diff};
use token_policy::report;

use self::side::Side;
use super::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Format;
use crate::output::{Found, Output};
use crate::project::Project;

/// Compares two policies by what they permit: equal, narrower, wider or incomparable.
///
/// Each side is a git revision such as `origin/main`, of which the `tokens.toml` is taken, `REVISION:PATH`, or a file:
/// `./PATH`, or `file:PATH`. A name that git knows is git's, also if there is a file of that name. A policy that a
/// revision does not have yet permits nothing, so a first policy is wider.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The old policy: a revision, REVISION:PATH, or ./PATH
    #[arg(default_value = "HEAD")]
    old: String,
    /// The new policy: a revision, REVISION:PATH, or ./PATH [default: tokens.toml in the working tree]
    new: Option<String>,
    /// How the differences are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let old = Side::read(&arguments.old, &project)?;
    let new = match &arguments.new {
        Some(new) => Side::read(new, &project)?,
        None => Side::file(&project.policy()?, &project)?,
    };
    for side in [&old, &new] {
        if side.is_missing {
            output.note(&format!("note: {} is not there, so it permits nothing", side.name));
        }
    }
    let diff = diff(&old.policy, &new.policy);
    match arguments.format {
        Format::Text => output.answer(&text(&diff, &old.name, &new.name)?)?,
        Format::Json => output.answer(&object(&diff, &old.name, &new.name)?)?,
        Format::Sarif => {
            let topics = topics::of_diff();
            let found = Found {
                command: "diff",
                about: &new.path,
                findings: &diff.findings(&new.path),
                rules: &topics::rules(&topics),
                ..Found::default()
            };
            output.report(Format::Sarif, &found)?;
        }
    }
    Ok(match diff.verdict() {
        Verdict::Equal | Verdict::Narrower => Exit::Clean,
        Verdict::Wider => Exit::Wider,
        Verdict::Incomparable => Exit::Incomparable,
    })
}

fn text(diff: &Diff, old: &str, new: &str) -> Result<String, Failure> {
    let mut text = String::new();
    for fact in diff.facts() {
        report::wrap("", 4, &fact.to_string(), &mut text).map_err(|_| unwritten())?;
    }
    if !diff.facts().is_empty() {
        text.push('\n');
    }
    let verdict = diff.verdict();
    let line = format!("{verdict}: {new} {} {old}", words(verdict));
    report::wrap("", 4, &line, &mut text).map_err(|_| unwritten())?;
    Ok(crate::output::paint(&text))
}

const fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Equal => "permits the same as",
        Verdict::Narrower => "permits less than",
        Verdict::Wider => "permits more than",
        Verdict::Incomparable => "permits more in one place and less in another than",
    }
}

/// Writes one JSON object. Its facts are the same objects as the findings.
fn object(diff: &Diff, old: &str, new: &str) -> Result<String, Failure> {
    let mut lines = String::new();
    report::json(&diff.findings(new), &mut lines).map_err(|_| unwritten())?;
    let facts: Result<Vec<Value>, _> = lines.lines().map(serde_json::from_str).collect();
    let facts = facts.map_err(|_| unwritten())?;
    let verdict = diff.verdict().as_str();
    let object = json!({ "facts": facts, "new": new, "old": old, "verdict": verdict });
    Ok(format!("{}\n", report::plain(&object.to_string())))
}

fn unwritten() -> Failure {
    Failure::new("the differences could not be written")
}
