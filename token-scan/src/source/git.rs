//! Scans what is staged, and what commits added, with the help of the `git` command.

mod apart;
mod changed;
mod command;
mod listed;
mod messages;
mod objects;
mod process;
mod range;
mod raw;
mod shallow;
mod working;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub use self::apart::Apart;
pub use self::command::git;
use self::command::running;
pub(super) use self::listed::{Listed, listed};
pub use self::range::{Range, commit};
use self::raw::Id;
use crate::scanner::Scanner;
use crate::{Error, Report, Skipped, Why};

/// The options that make git report changes in one way, whatever the user's settings say. There is no filter among them:
/// with one, `git log` leaves out the commits of which nothing is left.
const PLAIN: &[&str] = &[
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--ignore-submodules=all",
    "--no-relative",
];

impl Scanner {
    /// Scans the staged text of each changed file. Only findings that touch a changed line count.
    ///
    /// # Errors
    ///
    /// Fails if `git` cannot be run, fails, or gives output that is not understood.
    pub fn staged(&self, repository: impl AsRef<Path>) -> Result<Report, Error> {
        let repository = repository.as_ref();
        let mut texts = Vec::new();
        let git = running(repository, "diff", ["diff", "--cached"].iter().chain(PLAIN))?;
        raw::read(git, |_| {}, |new| texts.push(new))?;
        // A text may be read from the working tree. But if git lacks it, it cannot be committed.
        let changed = texts.iter().filter(|new| new.old.iter().any(Option::is_some));
        objects::sizes(repository, changed.map(|new| &new.text))?;
        self.changed(repository, texts)
    }

    /// Scans what the commits of a range added, merges included: a token that a later commit removes is leaked all the
    /// same. `range` is the commit from which on nothing is new, up to `HEAD`, or `FROM..TO`; see [`Range::read`].
    /// Findings name the commit.
    ///
    /// Also searched are the commits themselves, with their messages, the annotated tags of these commits, and the notes
    /// about them. Not searched are notes as they were before, and what no ref reaches. If the commits go on where a
    /// shallow clone ends, the report has the notice [`Why::Shallow`].
    ///
    /// # Errors
    ///
    /// Fails if `git` cannot be run, fails, or gives output that is not understood, and if a name is that of no commit.
    pub fn history(&self, repository: impl AsRef<Path>, range: &str) -> Result<Report, Error> {
        let repository = repository.as_ref();
        self.commits(repository, &Range::read(repository, range)?)
    }

    /// Scans what the commits of a range added, as [`history`](Scanner::history) does.
    ///
    /// # Errors
    ///
    /// Fails if `git` cannot be run, fails, or gives output that is not understood.
    pub fn commits(&self, repository: impl AsRef<Path>, range: &Range) -> Result<Report, Error> {
        let repository = repository.as_ref();
        let (mut texts, mut commits) = (Vec::new(), HashSet::new());
        // `--remerge-diff` is not used, since it would run the merge drivers that the repository's settings name.
        let head = ["log", "--format=commit %H %P", "--diff-merges=separate"];
        let arguments = head.iter().chain(PLAIN).map(|&argument| argument.to_owned());
        let arguments = arguments.chain(range.arguments()).chain(["--".to_owned()]);
        let git = running(repository, "log", arguments)?;
        raw::read(git, |commit: Id| _ = commits.insert(commit), |new| texts.push(new))?;
        let mut report = self.changed(repository, texts)?;
        if shallow::is_cut(repository, &commits)? {
            report.skipped.push(Skipped { path: ".git".into(), why: Why::Shallow });
        }
        Ok(report.merge(self.messages(repository, &commits, range.from.is_none())?))
    }
}

#[cfg(unix)]
pub(super) fn from_git(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(path).into()
}

#[cfg(not(unix))]
pub(super) fn from_git(path: &[u8]) -> PathBuf {
    String::from_utf8_lossy(path).into_owned().into()
}
