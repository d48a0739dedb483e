//! Implements `lock log`, which says how the slots came to be what they are.

mod commits;

use std::collections::HashMap;
use std::fmt;

use clap::Args;
use serde_json::json;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use token_policy::lock::{Change, Lock, diff};
use token_policy::report;
use token_scan::{Scan, Scanner};

use self::commits::Commit;
use super::arguments::PolicyArgument;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::git::Git;
use crate::options::ListFormat;
use crate::output::{Output, Watch};
use crate::project::Project;

/// Shows the history of every slot, from git: which commit made a token live or ended it, by whom, and why.
///
/// The newest commit comes first. A merge is shown only for what it changed against all its parents. The file is looked
/// for under the path that it has now.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policy: PolicyArgument,
    /// Show only the slots of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Show only the slots of this environment
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// How the history is shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let path = arguments.policy.path_of_lock(&project)?;
    let Some(below) = project.below(&path) else {
        let message = format!("{} is outside of the repository", project.shown(&path));
        return Err(Failure::new(message));
    };
    let git = Git::new(&project.root);
    let watch = Watch::new(output, || "reading the history".to_owned());
    let commits = commits::of(&git, &below)?;
    let mut locks = Locks::new(&git, &commits);
    let mut text = String::new();
    for commit in &commits {
        let changes = changes(commit, &mut locks, output)?;
        let changes: Vec<&Change> = changes.iter().filter(|it| arguments.shows(it)).collect();
        let written = match arguments.format {
            ListFormat::Text => write(commit, &changes, &mut text),
            ListFormat::Json => write_json(commit, &changes, &mut text),
        };
        written.map_err(|_| Failure::new("the history could not be written"))?;
    }
    drop(watch);
    output.answer(&masked(&text)?)?;
    tell_what_is_missing(&git, &commits, &project.shown(&path), output)?;
    Ok(Exit::Clean)
}

fn tell_what_is_missing(
    git: &Git<'_>,
    commits: &[Commit],
    name: &str,
    output: &Output,
) -> Result<(), Failure> {
    if git.is_shallow()? {
        output.note("note: the clone is shallow: older commits are not looked at");
    }
    if commits.is_empty() {
        output.note(&format!("no commit has changed {name}"));
    }
    Ok(())
}

impl Arguments {
    fn shows(&self, change: &Change) -> bool {
        let is = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|it| it == name);
        let slot = change.slot();
        is(&self.kind, slot.kind()) && is(&self.environment, slot.environment())
    }
}

/// Returns what a commit changed. Of a merge, that is what is new against each of its parents.
fn changes(
    commit: &Commit,
    locks: &mut Locks<'_>,
    output: &Output,
) -> Result<Vec<Change>, Failure> {
    let Some(new) = locks.read(&commit.new)? else {
        let id = commit.short();
        output.note(&format!("note: {id}: its tokens.lock is none, and was passed over"));
        return Ok(Vec::new());
    };
    let mut changes: Option<Vec<Change>> = None;
    for old in &commit.old {
        let against = diff(&locks.valid_before(old)?, &new);
        changes = Some(match changes {
            None => against,
            Some(others) => others.into_iter().filter(|it| against.contains(it)).collect(),
        });
    }
    Ok(changes.unwrap_or_default())
}

/// The versions of the lock, by the ids of their texts.
struct Locks<'g> {
    git: &'g Git<'g>,
    read: HashMap<String, Option<Lock>>,
    /// For each text that of a commit before it.
    before: HashMap<String, String>,
}

impl<'g> Locks<'g> {
    fn new(git: &'g Git<'g>, commits: &[Commit]) -> Locks<'g> {
        let before = commits.iter().rev().filter_map(|commit| {
            let old = commit.old.first()?;
            Some((commit.new.clone()?, old.clone()?))
        });
        let mut first = HashMap::new();
        for (new, old) in before {
            first.entry(new).or_insert(old);
        }
        Locks { git, read: HashMap::new(), before: first }
    }

    /// Returns a version of the lock, or `None` if it is none, or if a token is written into it. Where there is no file no
    /// token is live.
    fn read(&mut self, id: &Option<String>) -> Result<Option<Lock>, Failure> {
        let Some(id) = id else { return Ok(Some(Lock::default())) };
        if let Some(known) = self.read.get(id) {
            return Ok(known.clone());
        }
        let lock = self.git.blob(id)?.and_then(|text| Lock::parse(&text).ok());
        self.read.insert(id.clone(), lock.clone());
        Ok(lock)
    }

    /// Returns a version of the lock; if it is none, the last one before it that is.
    fn valid_before(&mut self, id: &Option<String>) -> Result<Lock, Failure> {
        let (mut id, mut seen) = (id.clone(), Vec::new());
        loop {
            if let Some(lock) = self.read(&id)? {
                return Ok(lock);
            }
            let before = id.as_ref().and_then(|id| self.before.get(id).cloned());
            // A history can come back to a text that it had.
            if before.as_ref().is_some_and(|before| seen.contains(before)) {
                return Ok(Lock::default());
            }
            seen.extend(id);
            id = before;
        }
    }
}

fn write(commit: &Commit, changes: &[&Change], out: &mut String) -> fmt::Result {
    if changes.is_empty() {
        return Ok(());
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let Commit { author, email, subject, .. } = commit;
    let time = shown(commit.time);
    let head = format!("{} {time} {author} <{email}>", commit.short());
    report::wrap("", 4, &head, out)?;
    report::wrap("  ", 4, subject, out)?;
    for change in changes {
        let log = change.token().and_then(|token| token.log);
        let log = log.map(|index| format!(", log {index}")).unwrap_or_default();
        report::wrap("    ", 8, &format!("{change}{log}"), out)?;
    }
    Ok(())
}

fn write_json(commit: &Commit, changes: &[&Change], out: &mut String) -> fmt::Result {
    for change in changes {
        let (slot, token) = (change.slot(), change.token());
        let id = token.map(|token| super::live::digits(&token.id));
        let object = json!({
            "author": commit.author,
            "commit": commit.id,
            "effect": change.effect().as_str(),
            "email": commit.email,
            "environment": slot.environment(),
            "kind": slot.kind(),
            "log": token.and_then(|token| token.log),
            "subject": commit.subject,
            "text": change.text(),
            "time": shown(commit.time),
            "token": id,
        });
        out.push_str(&report::plain(&object.to_string()));
        out.push('\n');
    }
    Ok(())
}

fn shown(seconds: i64) -> String {
    let time = UtcDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| "?".to_owned())
}

/// Masks the tokens in a text. What a commit says may be anything.
fn masked(text: &str) -> Result<String, Failure> {
    let scanner: Scanner = Scan::certain().prefixes_in(text).build()?;
    Ok(scanner.mask(text))
}
