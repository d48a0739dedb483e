//! Implements `check`, which says what is wrong with a policy, and what deserves a look.

mod usage;

use std::path::PathBuf;

use clap::Args;
use token_policy::checks::{self, Usage};
use token_policy::report::Finding;
use token_policy::{Level, Policy};

use self::usage::LogArguments;
use super::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Format;
use crate::output::{Found, Output, counted, judged};
use crate::policy::{self, PolicyFile};
use crate::project::Project;

/// Checks a policy: mistakes, and findings whose levels its `[checks]` table sets.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The policies to check [default: tokens.toml here or in the nearest folder above]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    log: LogArguments,
    /// Fail on warnings too
    #[arg(long)]
    deny_warnings: bool,
    /// How findings are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let usage = arguments.log.usage(output)?;
    let paths = match arguments.files.as_slice() {
        [] => vec![project.policy(None)?],
        files => files.to_vec(),
    };
    let about = paths.first().map(|path| project.shown(path)).unwrap_or_default();
    let (mut findings, mut valid) = (Vec::new(), true);
    let mut summaries = Vec::new();
    for path in paths {
        let read = PolicyFile::new(project.shown(&path), project.read(&path)?);
        let found = look(&read, usage.as_ref(), output)?;
        summaries.push(format!("{}: {}", read.name, counted(&found)));
        valid &= read.policy.is_ok();
        findings.extend(found);
    }
    let topics = topics::of_check();
    let found = Found {
        command: "check",
        about: &about,
        findings: &findings,
        rules: &topics::rules(&topics),
        ..Found::default()
    };
    output.report(arguments.format, &found)?;
    output.note(&summaries.join("\n"));
    Ok(if valid { judged(&findings, arguments.deny_warnings) } else { Exit::Failed })
}

/// Returns what is wrong with one policy. If a token is certainly written into it, returns only that.
fn look(
    read: &PolicyFile,
    usage: Option<&Usage>,
    output: &Output,
) -> Result<Vec<Finding>, Failure> {
    let leaks = read.leaks()?;
    let certain = leaks.iter().filter(|leak| leak.level() == Level::Deny);
    let certain: Vec<Finding> = certain.cloned().collect();
    // Anything else that is said about such a policy could show the token.
    if !certain.is_empty() {
        return Ok(certain);
    }
    match &read.policy {
        Ok(policy) => {
            output.detail(&summary(&read.name, policy));
            let findings = checks::check(policy, &read.name, usage);
            Ok(with_excerpts(findings, &read.text, &leaks))
        }
        Err(errors) => {
            if errors.omitted() > 0 {
                output.note(&format!("{}: and {} more", read.name, errors.omitted()));
            }
            Ok(without_leaks(policy::mistakes(&read.name, errors), leaks))
        }
    }
}

/// Puts the mistakes and the leaks together. A mistake repeats the text that it is about. So in a line that has a leak,
/// the mistake is replaced by one that repeats nothing.
fn without_leaks(mistakes: Vec<Finding>, leaks: Vec<Finding>) -> Vec<Finding> {
    let hidden: Vec<u32> = leaks.iter().filter_map(|leak| Some(leak.place()?.line())).collect();
    let told = mistakes.into_iter().map(|mistake| match mistake.place() {
        Some(place) if hidden.contains(&place.line()) => {
            let message = "there is a mistake here, beside what looks like a token";
            Finding::new(policy::INVALID, Level::Deny, message).at(place.clone())
        }
        _ => mistake,
    });
    told.chain(leaks).collect()
}

/// Adds to each finding the line that it is about, unless something in this line looks like a token.
fn with_excerpts(findings: Vec<Finding>, text: &str, leaks: &[Finding]) -> Vec<Finding> {
    let hidden: Vec<u32> = leaks.iter().filter_map(|leak| Some(leak.place()?.line())).collect();
    let is_hidden =
        |finding: &Finding| finding.place().is_some_and(|place| hidden.contains(&place.line()));
    let shown = |finding: Finding| match is_hidden(&finding) {
        true => finding,
        false => finding.excerpt_of(text),
    };
    findings.into_iter().map(shown).collect()
}

fn summary(name: &str, policy: &Policy) -> String {
    let (scopes, kinds) = (policy.scopes().len(), policy.kinds().len());
    format!("{name}: {scopes} scopes, {kinds} token kinds, digest {}", policy.digest())
}
