//! Reads which commits a scan of the history is about. What a name stands for is git's to say.

use std::path::Path;

use super::command::{git, output};
use crate::Error;

/// The ids of the empty tree, in repositories of SHA-1 and of SHA-256.
const EMPTY_TREES: [&str; 2] = [
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
];

/// The commits that a scan of the history is about: those up to `to` that `from` doesn't have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Range {
    /// The id of the commit from which on nothing is new; `None` if every commit up to `to` counts.
    pub from: Option<String>,
    /// The id of the last commit.
    pub to: String,
}

impl Range {
    /// Reads `FROM`, up to `HEAD`, or `FROM..TO`.
    ///
    /// Zeros, which code hosts give for what did not exist before, and the id of the empty tree stand for no commit.
    /// So every commit up to `TO` counts, the first one too.
    ///
    /// # Errors
    ///
    /// Fails if a name stands for no commit or is [ambiguous](commit), and if git fails.
    pub fn read(repository: impl AsRef<Path>, text: &str) -> Result<Range, Error> {
        let repository = repository.as_ref();
        let (from, to) = text.split_once("..").unwrap_or((text, "HEAD"));
        if to.starts_with('.') {
            return Err(Error::revision(text, "is no range: write `FROM..TO`, with two dots"));
        }
        let from = if is_nothing(from) { None } else { Some(known(repository, from)?) };
        Ok(Range { from, to: known(repository, to)? })
    }

    /// Returns the range of all commits up to `HEAD`.
    ///
    /// # Errors
    ///
    /// Fails if git fails, and if there is no commit.
    pub fn whole(repository: impl AsRef<Path>) -> Result<Range, Error> {
        Ok(Range { from: None, to: known(repository.as_ref(), "HEAD")? })
    }

    /// Returns the range as git's arguments.
    pub(super) fn arguments(&self) -> Vec<String> {
        let not = self.from.iter().map(|from| format!("^{from}"));
        not.chain([self.to.clone()]).collect()
    }
}

/// Returns whether a name stands for no commit.
fn is_nothing(name: &str) -> bool {
    let is_zeros = matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte == b'0');
    is_zeros || EMPTY_TREES.contains(&name)
}

fn known(repository: &Path, name: &str) -> Result<String, Error> {
    // An empty name comes from a script's unset variable.
    let why = if name.is_empty() { "is empty, and names no commit" } else { UNKNOWN };
    commit(repository, name)?.ok_or_else(|| Error::revision(name, why))
}

const UNKNOWN: &str = "is no commit that git knows here";

/// Returns the id of the commit that a name stands for, or `None` if git knows no such commit. The name is git's alone: a
/// file of that name has no say.
///
/// # Errors
///
/// Fails if the name stands for several things, such as a branch and a tag, and if git fails.
pub fn commit(repository: impl AsRef<Path>, name: &str) -> Result<Option<String>, Error> {
    let repository = repository.as_ref();
    if name.is_empty() {
        return Ok(None);
    }
    let asked = format!("{name}^{{commit}}");
    let answer = git(repository, ["rev-parse", "--verify", "--end-of-options", &asked])?;
    let said = String::from_utf8_lossy(&answer.stderr);
    if said.contains("is ambiguous") {
        return Err(Error::revision(name, ambiguous(repository, name)));
    }
    match answer.status.success() {
        true => Ok(Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned())),
        false if said.contains("Needed a single revision") => Ok(None),
        false => Err(Error::git_said("rev-parse", answer.status.code(), &answer.stderr)),
    }
}

/// Says for what an ambiguous name may stand.
fn ambiguous(repository: &Path, name: &str) -> String {
    // What stands behind the name, as in `main~1`, belongs to no ref.
    let plain = name.split(['~', '^', '@', ':']).next().unwrap_or(name);
    let patterns = ["refs/tags/", "refs/heads/", "refs/remotes/", "refs/"]
        .map(|place| format!("{place}{plain}"));
    let mut arguments = vec!["for-each-ref".to_owned(), "--format=%(refname)".to_owned()];
    arguments.extend(patterns);
    let refs = output(repository, "for-each-ref", arguments).unwrap_or_default();
    let refs = String::from_utf8_lossy(&refs);
    let known: Vec<String> = refs.lines().map(|name| format!("`{name}`")).collect();
    match known.as_slice() {
        [] | [_] => {
            "is ambiguous for git: write the whole id or the whole name of a ref".to_owned()
        }
        all => format!("is ambiguous for git: write one of {}", all.join(", ")),
    }
}
