//! Implements `diff`, which says whether a changed policy permits more or less.

mod locks;
mod shown;

use clap::Args;
use token_policy::Policy;
use token_policy::diff::diff;
use token_policy::lock::FILE_NAME;

pub(super) use self::shown::Difference;
use super::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Format;
use crate::output::Output;
use crate::project::Project;
use crate::side::Side;

/// Compares two policies by what they permit: equal, narrower, wider or incomparable.
///
/// Each side is a git revision such as `origin/main`, of which the `tokens.toml` is taken, `REVISION:PATH`, or a file:
/// `./PATH`, or `file:PATH`. A name that git knows is git's, also if there is a file of that name. A policy that a
/// revision does not have yet permits nothing, so a first policy is wider.
///
/// Of the `tokens.lock` beside each of them it is told which tokens the change makes live, and which it ends. That does not
/// count for the verdict.
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
    let old = Side::<Policy>::read(&arguments.old, &project)?;
    let new = match &arguments.new {
        Some(new) => Side::read(new, &project)?,
        None => Side::file(&project.policy()?, &project)?,
    };
    let diff = diff(&old.content, &new.content);
    let locks = locks::compare(&old, &new, &project, output)?;
    let lock = new.path_beside(FILE_NAME);
    let facts = diff.facts().iter().map(ToString::to_string);
    let difference = Difference {
        command: "diff",
        verdict: diff.verdict(),
        facts: facts.chain(locks.iter().map(ToString::to_string)).collect(),
        findings: &|file| {
            let of_locks = locks.iter().map(|change| change.finding(&lock));
            diff.findings(file).into_iter().chain(of_locks).collect()
        },
        topics: topics::of_diff(),
    };
    difference.show(&old, &new, arguments.format, output)
}
