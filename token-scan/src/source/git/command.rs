//! Sets up the `git` command so that it starts no other program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Error;

/// Returns the `git` command in a folder, as this crate calls it. Its output does not depend on settings of the user or
/// the repository, and no setting makes it start another program or fetch missing objects.
///
/// That holds for commands that read a repository: `rev-parse`, `cat-file`, `ls-files`, and `diff` and `log` with the
/// options `--no-ext-diff` and `--no-textconv` and without `--remerge-diff`, which runs merge drivers.
pub fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).arg("--no-pager");
    for setting in [
        "core.quotePath=true",
        "core.fsmonitor=false",
        "log.showRoot=true",
        "log.showSignature=false",
    ] {
        git.args(["-c", setting]);
    }
    // Replacement objects (git-replace(1)) are ignored, since they are not what is published.
    git.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_REPLACE_OBJECTS", "1").env("LC_ALL", "C");
    // A partial clone would fetch missing objects with a program that its settings name. No protocol is called `none`.
    git.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none");
    // This variable would override the option `--unified`.
    git.env_remove("GIT_DIFF_OPTS");
    git
}

/// Runs a git command and returns its standard output.
pub(super) fn output<A: AsRef<OsStr>>(
    repository: &Path,
    what: &'static str,
    arguments: impl IntoIterator<Item = A>,
) -> Result<Vec<u8>, Error> {
    let output =
        git(repository).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let output = output.map_err(|_| Error::git(what, None))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Error::git(what, output.status.code()))
    }
}
