//! Implements `check`, which says what is wrong with a policy, and what deserves a look.

mod sources;
mod usage;

use std::path::PathBuf;

use clap::Args;
use time::UtcDateTime;
use token_policy::checks::{self, Usage};
use token_policy::report::{Finding, Place};
use token_policy::{Level, Policy};

use self::usage::LogArguments;
use super::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::git::Git;
use crate::lock::LockFile;
use crate::options::Format;
use crate::output::{Found, Output, counted, judged};
use crate::policy::{self, PolicyFile};
use crate::project::Project;

/// Checks a policy: mistakes, and findings whose levels its `[checks]` table sets.
///
/// The Rust sources of its package or workspace are searched too, for what they declare beside the policy: derived kinds,
/// further policies, modules that hide the policy's, grants written by hand. Tests are left out.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The policies to check [default: every tokens.toml here and below that git tracks or would add, and the nearest one
    /// above]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    log: LogArguments,
    /// Check the lock beside each policy too, as `tokenctl lock --check` does
    #[arg(long)]
    locked: bool,
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
        [] => found(&project)?,
        files => files.to_vec(),
    };
    let about = paths.first().map(|path| project.shown(path)).unwrap_or_default();
    let (mut findings, mut valid) = (Vec::new(), true);
    let (mut summaries, mut policies) = (Vec::new(), Vec::new());
    for path in paths {
        let read = PolicyFile::new(project.shown(&path), project.read(&path)?);
        let found = look(&read, usage.as_ref(), output)?;
        summaries.push(format!("{}: {}", read.name, counted(&found)));
        valid &= read.policy.is_ok();
        findings.extend(found);
        if arguments.locked
            && let Ok(policy) = &read.policy
        {
            let lock = LockFile::beside(&path, &project)?;
            let found = lock.check(policy, UtcDateTime::now())?;
            if lock.text.is_some() || !found.is_empty() {
                summaries.push(format!("{}: {}", lock.name, counted(&found)));
            }
            findings.extend(found);
        }
        policies.push((path, read));
    }
    let beside = sources::look(&project, &policies, output)?;
    if !beside.is_empty() {
        summaries.push(format!("Rust sources: {}", counted(&beside)));
        findings.extend(beside);
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

/// Finds the policies that are meant if none is named: the nearest one, here or above, and those below, whatever folder
/// they are in. Fails if there is none.
fn found(project: &Project) -> Result<Vec<PathBuf>, Failure> {
    let below = Git::new(&project.here).policies()?;
    let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
    let below = below.into_iter().map(|path| project.here.join(path)).filter(is_there);
    let mut all: Vec<PathBuf> = project.find_policy().into_iter().chain(below).collect();
    all.sort();
    all.dedup();
    if all.is_empty() { project.policy().map(|path| vec![path]) } else { Ok(all) }
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
            let lines = read.excerpts(&findings)?;
            Ok(findings.into_iter().zip(lines).map(with_excerpt).collect())
        }
        Err(errors) => {
            if errors.omitted() > 0 {
                output.note(&format!("{}: and {} more", read.name, errors.omitted()));
            }
            let mistakes = policy::mistakes(&read.name, errors);
            let lines = read.excerpts(&mistakes)?;
            let told: Vec<Finding> = mistakes
                .into_iter()
                .zip(lines)
                .map(|(mistake, line)| careful(mistake, line, &read.text, &leaks))
                .collect();
            Ok(told.into_iter().chain(leaks).collect())
        }
    }
}

/// Returns a mistake, or one that repeats nothing if something in its line is masked: a mistake repeats the text that it
/// is about.
fn careful(mistake: Finding, shown: Option<String>, text: &str, leaks: &[Finding]) -> Finding {
    let Some(place) = mistake.place() else { return mistake };
    let number = usize::try_from(place.line()).ok().and_then(|line| line.checked_sub(1));
    let line = number.and_then(|number| text.lines().nth(number)).unwrap_or_default();
    let is_plain = match shown {
        Some(shown) => shown == line,
        // The line is too long to be shown.
        None => leaks.iter().all(|leak| leak.place().map(Place::line) != Some(place.line())),
    };
    if is_plain {
        return mistake;
    }
    let message = "there is a mistake here, beside what looks like a token";
    Finding::new(policy::INVALID, Level::Deny, message).at(place.clone())
}

/// Adds to a finding the line that it is about.
fn with_excerpt((finding, line): (Finding, Option<String>)) -> Finding {
    match line {
        Some(line) => finding.excerpt(line.trim_start_matches('\u{FEFF}')),
        None => finding,
    }
}

fn summary(name: &str, policy: &Policy) -> String {
    let (scopes, kinds) = (policy.scopes().len(), policy.kinds().len());
    format!("{name}: {scopes} scopes, {kinds} token kinds, digest {}", policy.digest())
}
