//! Sets up the `git` command so that it starts no other program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

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

/// Returns the `git` command in a folder, as this crate calls it. Its output does not depend on settings of the user or
/// the repository, and no setting makes it start another program or fetch missing objects.
///
/// That holds for commands that read a repository: `rev-parse`, `cat-file`, `ls-files`, `ls-tree`, `for-each-ref`, and
/// `diff` and `log` with the options `--no-ext-diff` and `--no-textconv` and without `--remerge-diff`, which runs merge
/// drivers.
pub fn git(folder: &Path) -> Command {
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
    let mut command = git(repository);
    command.args(arguments);
    Process::start(command, what, Input::None)
}
