//! Implements `lock`, which writes and checks the facts about live tokens.

mod arguments;
mod bind;
mod history;
mod kinds;
mod live;
mod log;
#[cfg(feature = "registry")]
mod registry;
mod report;
mod settle;
mod verify;

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use time::UtcDateTime;
use token_policy::Policy;
use token_policy::lock::{Lock, diff};
use token_policy::report as text;

use self::arguments::{Binding, Sources};
pub(super) use self::arguments::{PolicyArgument, check_environment};
use self::live::Evidence;
use crate::commands::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::file;
use crate::lock::{self, LockFile};
use crate::options::Format;
use crate::output::{Found, Output, counted, judged, number};
use crate::policy::PolicyFile;
use crate::project::Project;

/// Writes `tokens.lock` beside the policy: which tokens are live, and what they are bound to.
///
/// The lock gets a slot for each kind in each of its environments, and each line states what the policy says of its kind.
/// Which tokens are live comes from what is given. A line stays until something says that its token has ended: the log
/// or the registry, a report, or its expiry. Nothing here reads a token.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    policy: PolicyArgument,
    /// Write nothing: say what does not fit the policy, and fail if anything does not
    #[arg(long, conflicts_with_all = ["environment", "log", "report", "source", "image"])]
    check: bool,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    binding: Binding,
    /// How findings are shown
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        requires = "check",
        help_heading = "Output"
    )]
    format: Format,
}

#[derive(Subcommand)]
enum Command {
    Verify(verify::Arguments),
    Log(history::Arguments),
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        Some(Command::Verify(arguments)) => return verify::run(arguments, output),
        Some(Command::Log(arguments)) => return history::run(arguments, output),
        None => {}
    }
    let project = Project::find()?;
    let (policy, file) = arguments.policy.read(&project)?;
    match arguments.check {
        true => check(&policy, &file, arguments.format, output),
        false => write(arguments, &policy, &file, &project, output),
    }
}

fn check(
    policy: &Policy,
    file: &LockFile,
    format: Format,
    output: &Output,
) -> Result<Exit, Failure> {
    let findings = file.check(policy, UtcDateTime::now())?;
    let topics = topics::of_lock();
    let found = Found {
        command: "lock",
        about: &file.name,
        findings: &findings,
        rules: &topics::rules(&topics),
        ..Found::default()
    };
    output.report(format, &found)?;
    output.note(&format!("{}: {}", file.name, counted(&findings)));
    Ok(judged(&findings, false))
}

fn write(
    arguments: &Arguments,
    policy: &Policy,
    file: &LockFile,
    project: &Project,
    output: &Output,
) -> Result<Exit, Failure> {
    if policy.environments().is_empty() {
        return Err(Failure::new(
            "the policy declares no environment, so there is nothing to lock",
        )
        .help("declare where its tokens are used, such as `environments.production = {}`"));
    }
    let now = UtcDateTime::now();
    let old = facts(file, policy)?;
    let mut evidence = Evidence::default();
    arguments.sources.gather(&mut evidence, policy, &old, now, output)?;
    let mut new = old.clone();
    new.follow(policy);
    settle::settle(&mut new, &old, policy, &evidence, now)?;
    let environment = arguments.sources.environment.as_deref();
    arguments.binding.apply(environment, &mut new, &old, project, output)?;
    store(&new, file, project, output)?;
    tell(&old, &new, output)?;
    let left = new.check(policy, now);
    if !left.is_empty() {
        let findings = number(left.len(), "finding");
        let codes: BTreeSet<&str> = left.iter().map(|problem| problem.kind().code()).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
        output.note(&format!("note: `tokenctl lock --check` still has {findings}: {codes}"));
    }
    Ok(Exit::Clean)
}

/// Reads the facts of the lock that is there, also if they are written in another way than they will be.
fn facts(file: &LockFile, policy: &Policy) -> Result<Lock, Failure> {
    let Some(text) = &file.text else { return Ok(Lock::default()) };
    lock::refuse_tokens(&file.name, text, policy)?;
    Lock::parse_facts(text).map_err(|error| lock::wrong(&file.name, &error))
}

/// Writes the lock, unless the file has the same text. Git may have given that the line ends of Windows.
fn store(new: &Lock, file: &LockFile, project: &Project, output: &Output) -> Result<(), Failure> {
    let text = new.to_string();
    let old = file.text.as_ref().map(|old| old.replace("\r\n", "\n"));
    if old.as_ref() == Some(&text) {
        output.note(&format!("{} is as it was", file.name));
        return Ok(());
    }
    let written = file::replace(&project.root, &file.path, &text);
    written.map_err(|error| Failure::at(&file.name, &error))?;
    output.note(&format!("wrote {}", file.name));
    Ok(())
}

/// Says what has changed: which tokens are live now, and which have ended.
fn tell(old: &Lock, new: &Lock, output: &Output) -> Result<(), Failure> {
    let mut lines = String::new();
    for change in diff(old, new) {
        text::wrap("", 4, &change.to_string(), &mut lines)
            .map_err(|_| Failure::new("the changes could not be written"))?;
    }
    output.answer(&lines)
}

/// Reads a policy whose rules count. Fails if there is a mistake in it.
fn policy_of(file: PolicyFile) -> Result<Policy, Failure> {
    file.valid().map(|(_, policy)| policy)
}
