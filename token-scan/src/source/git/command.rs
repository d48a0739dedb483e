//! Sets up the `git` command so that it starts no other program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use super::process::{Input, Process};
use crate::Error;

/// The settings that make git's output the same on every machine, start no other program, and take little memory.
const SETTINGS: &[&str] = &[
    "core.quotePath=true",
    "core.fsmonitor=false",
    "core.warnAmbiguousRefs=true",
    "log.showRoot=true",
    "log.showSignature=false",
    // Of a large repository git would keep a gigabyte in memory.
    "core.packedGitWindowSize=8m",
    "core.packedGitLimit=64m",
    "core.deltaBaseCacheLimit=16m",
    // Larger objects are passed on in pieces.
    "core.bigFileThreshold=1m",
];

/// Runs a git command in a folder, and returns its exit status and what it wrote; of its standard error, the first 4096
/// bytes. Its output does not depend on settings of the user or the repository, and no setting makes it start another
/// program or fetch missing objects. `arguments` begin with the name of the command; standard input is empty.
///
/// That holds for commands that read a repository: `config --get`, `rev-parse`, `cat-file`, `ls-files`, `ls-tree`,
/// `for-each-ref`, and `diff` and `log` with the options `--no-ext-diff` and `--no-textconv` and without
/// `--remerge-diff`, which runs merge drivers.
///
/// # Errors
///
/// Fails if git cannot be started. If it writes nothing for 60 seconds, it is ended, and this fails: what it reads may be
/// a pipe that nobody writes to.
///
/// ```
/// # fn main() -> Result<(), token_scan::Error> {
/// let answer = token_scan::git(".".as_ref(), ["rev-parse", "--is-bare-repository"])?;
/// assert!(!answer.status.success() || answer.stdout == b"false\n");
/// # Ok(())
/// # }
/// ```
pub fn git<'a>(
    folder: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<Output, Error> {
    let arguments: Vec<&str> = arguments.into_iter().collect();
    let mut command = plain(folder);
    command.args(&arguments);
    Process::start(command, what(&arguments), Input::None)?.output()
}

/// The commands that [`git`] and [`Apart`](super::Apart) are for.
const COMMANDS: &[&str] = &[
    "cat-file",
    "config",
    "diff",
    "diff-files",
    "for-each-ref",
    "log",
    "ls-files",
    "ls-tree",
    "read-tree",
    "rev-parse",
    "update-index",
    "write-tree",
];

/// Returns the name of a command for messages.
pub(super) fn what(arguments: &[&str]) -> &'static str {
    let named = |known: &&&str| arguments.first() == Some(*known);
    COMMANDS.iter().find(named).copied().unwrap_or("command")
}

/// Returns the `git` command in a folder, as this crate calls it.
pub(super) fn plain(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).arg("--no-pager");
    for setting in SETTINGS {
        git.args(["-c", setting]);
    }
    // Replacement objects (git-replace(1)) are ignored, since they are not what is published.
    git.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_REPLACE_OBJECTS", "1").env("LC_ALL", "C");
    // A partial clone would fetch missing objects with a program that its settings name. No protocol is called `none`.
    git.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none");
    // These variables would override options, and write to files.
    git.env_remove("GIT_DIFF_OPTS").env_remove("GIT_EXTERNAL_DIFF");
    git
}

/// Runs a git command and returns its standard output.
pub(super) fn output<A: AsRef<OsStr>>(
    repository: &Path,
    what: &'static str,
    arguments: impl IntoIterator<Item = A>,
) -> Result<Vec<u8>, Error> {
    running(repository, what, arguments)?.rest()
}

/// Starts a git command whose standard output is read while it runs.
pub(super) fn running<A: AsRef<OsStr>>(
    repository: &Path,
    what: &'static str,
    arguments: impl IntoIterator<Item = A>,
) -> Result<Process, Error> {
    let mut command = plain(repository);
    command.args(arguments);
    Process::start(command, what, Input::None)
}
