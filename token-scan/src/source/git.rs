//! What is staged, and what commits added, as the `git` command tells.

mod merges;
mod objects;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use self::merges::new_to_all_parents;
use self::objects::Objects;
use super::diff::{Change, changes};
use crate::scanner::{Outcome, Scanner, Work};
use crate::{Error, Report, Skipped, Why};

/// How a patch is written, whatever the user's settings say.
const PATCH: &[&str] = &[
    "--patch",
    "--unified=0",
    "--full-index",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--text",
    "--diff-filter=d",
    "--ignore-submodules=all",
    "--no-relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--inter-hunk-context=0",
];

impl Scanner {
    /// Scans what is staged: of each changed file the staged text, and of that what touches a changed line.
    ///
    /// # Errors
    ///
    /// If `git` cannot be run, fails, or says what is not understood.
    pub fn staged(&self, repository: impl AsRef<Path>) -> Result<Report, Error> {
        let arguments = ["diff", "--cached"].iter().chain(PATCH);
        let patch = output(repository.as_ref(), "diff", arguments)?;
        let changes = changes(&patch).ok_or_else(|| Error::git("diff", None))?;
        self.changed(repository.as_ref(), &changes)
    }

    /// Scans what the commits after `since` and up to `HEAD` added, merges included: a token that a later commit removes
    /// is leaked all the same. Findings name the commit.
    ///
    /// # Errors
    ///
    /// If `git` cannot be run, fails, or says what is not understood, and if `since` is no commit that it knows.
    pub fn history(&self, repository: impl AsRef<Path>, since: &str) -> Result<Report, Error> {
        let repository = repository.as_ref();
        let range = format!("{}..HEAD", commit(repository, since)?);
        // git compares a merge of more than two branches with nothing, unless with each parent.
        let merges = log(repository, "separate", "--min-parents=3", &range)?;
        let mut found = new_to_all_parents(merges);
        found.extend(log(repository, "remerge", "--max-parents=2", &range)?);
        self.changed(repository, &found)
    }

    fn changed(&self, repository: &Path, changes: &[Change]) -> Result<Report, Error> {
        let mut all = Outcome::default();
        if !changes.is_empty() {
            let mut objects = Objects::open(repository)?;
            let mut work = Work::default();
            for (key, (commit, added)) in grouped(changes) {
                self.change(&mut objects, &key, &commit, &added, &mut all, &mut work)?;
            }
            objects.close()?;
        }
        all.report.sort();
        Ok(all.report)
    }

    fn change(
        &self,
        objects: &mut Objects,
        (path, blob): &(String, String),
        commit: &str,
        added: &[RangeInclusive<usize>],
        all: &mut Outcome,
        work: &mut Work,
    ) -> Result<(), Error> {
        let Some(bytes) = objects.read(blob, self.settings.max_file_bytes)? else {
            let path = self.without_tokens(path.clone(), work);
            all.report.skipped.push(Skipped { path, why: Why::TooLarge });
            return Ok(());
        };
        let mut outcome = self.file(path, &bytes, Some(added), work);
        if !commit.is_empty() {
            let short = commit.get(..12).unwrap_or(commit);
            let findings = std::mem::take(&mut outcome.report.findings);
            outcome.report.findings =
                findings.into_iter().map(|finding| finding.fact("commit", short)).collect();
        }
        all.add(outcome);
        Ok(())
    }
}

/// By path and text, in their order: the oldest commit that has the text, and all lines that are new in it.
type Grouped = BTreeMap<(String, String), (String, Vec<RangeInclusive<usize>>)>;

fn grouped(changes: &[Change]) -> Grouped {
    let mut grouped = Grouped::new();
    for change in changes {
        let path = String::from_utf8_lossy(&change.path).into_owned();
        let entry = grouped.entry((path, change.blob.clone())).or_default();
        // `git log` tells the newest first.
        entry.0.clone_from(&change.commit);
        entry.1.extend(change.added.iter().cloned());
    }
    grouped
}

/// The commit that a revision stands for. A script whose variable is empty asks for no revision, which must not pass.
fn commit(repository: &Path, revision: &str) -> Result<String, Error> {
    let name = format!("{revision}^{{commit}}");
    let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", name.as_str()];
    let id = output(repository, "rev-parse", arguments)?;
    let id = String::from_utf8_lossy(&id).trim().to_owned();
    if revision.is_empty() || id.is_empty() { Err(Error::git("rev-parse", None)) } else { Ok(id) }
}

/// What the commits of a range added, with each commit's parents behind its id.
fn log(repository: &Path, merges: &str, parents: &str, range: &str) -> Result<Vec<Change>, Error> {
    let merges = format!("--diff-merges={merges}");
    let head = ["log", "--format=commit %H %P", merges.as_str(), parents];
    let arguments = head.into_iter().chain(PATCH.iter().copied()).chain([range, "--"]);
    let patch = output(repository, "log", arguments)?;
    changes(&patch).ok_or_else(|| Error::git("log", None))
}

/// Files that are committed although `.gitignore` names them, below a folder of a repository.
pub(super) fn tracked_but_ignored(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let arguments =
        ["ls-files", "-z", "--cached", "--ignored", "--exclude-per-directory=.gitignore"];
    let paths = output(folder, "ls-files", arguments)?;
    let paths = paths.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    Ok(paths.map(|path| folder.join(from_git(path))).collect())
}

#[cfg(unix)]
fn from_git(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(path).into()
}

#[cfg(not(unix))]
fn from_git(path: &[u8]) -> PathBuf {
    String::from_utf8_lossy(path).into_owned().into()
}

/// No setting of the user or repository changes what git tells: replaced objects are not what is published. Nor does one
/// start a program.
fn git(repository: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(repository).arg("--no-pager");
    for setting in [
        "core.quotePath=true",
        "core.fsmonitor=false",
        "log.showRoot=true",
        "log.showSignature=false",
    ] {
        git.args(["-c", setting]);
    }
    git.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_REPLACE_OBJECTS", "1").env("LC_ALL", "C");
    git
}

fn output<A: AsRef<std::ffi::OsStr>>(
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
