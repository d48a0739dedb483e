//! What is staged, and what commits added, as the `git` command tells.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

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
        self.changed(repository.as_ref(), "diff", &patch)
    }

    /// Scans what the commits after `since` and up to `HEAD` added, merges included: a token that a later commit removes
    /// is leaked all the same. Findings name the commit.
    ///
    /// # Errors
    ///
    /// If `git` cannot be run, fails, or says what is not understood, and if `since` begins with a hyphen.
    pub fn history(&self, repository: impl AsRef<Path>, since: &str) -> Result<Report, Error> {
        if since.starts_with('-') {
            return Err(Error::git("log", None));
        }
        let range = format!("{since}..HEAD");
        let head = ["log", "--format=commit %H", "--diff-merges=remerge"];
        let arguments = head.into_iter().chain(PATCH.iter().copied()).chain([range.as_str(), "--"]);
        let arguments: Vec<&str> = arguments.collect();
        let patch = output(repository.as_ref(), "log", &arguments)?;
        self.changed(repository.as_ref(), "log", &patch)
    }

    fn changed(
        &self,
        repository: &Path,
        what: &'static str,
        patch: &[u8],
    ) -> Result<Report, Error> {
        let changes = changes(patch).ok_or_else(|| Error::git(what, None))?;
        let mut all = Outcome::default();
        if !changes.is_empty() {
            let mut objects = Objects::open(repository)?;
            let mut work = Work::default();
            for (key, (commit, added)) in grouped(&changes) {
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

/// The files below a folder that are in git's index although `.gitignore` names them; none outside of a repository.
pub(super) fn tracked_but_ignored(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let in_repository = absolute.ancestors().any(|folder| folder.join(".git").exists());
    if !in_repository || !root.is_dir() {
        return Ok(Vec::new());
    }
    let arguments =
        ["ls-files", "-z", "--cached", "--ignored", "--exclude-per-directory=.gitignore"];
    let names = output(root, "ls-files", arguments)?;
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| root.join(String::from_utf8_lossy(name).as_ref())).collect())
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

fn git(repository: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(repository).args(["--no-pager", "-c", "core.quotePath=true"]);
    git.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
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

/// `git cat-file --batch`: one process for all texts.
struct Objects {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Objects {
    fn open(repository: &Path) -> Result<Objects, Error> {
        let mut command = git(repository);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().map_err(|_| failed())?;
        let (ask, answer) = (child.stdin.take(), child.stdout.take());
        match (ask, answer) {
            (Some(ask), Some(answer)) => Ok(Objects { child, ask, answer: BufReader::new(answer) }),
            _ => Err(failed()),
        }
    }

    /// A text; nothing if it is larger than `most`.
    fn read(&mut self, id: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        writeln!(self.ask, "{id}").and_then(|()| self.ask.flush()).map_err(|_| failed())?;
        let mut head = String::new();
        self.answer.read_line(&mut head).map_err(|_| failed())?;
        let length = head.trim_end().strip_prefix(id).and_then(|rest| rest.strip_prefix(" blob "));
        let length: u64 = length.and_then(|length| length.parse().ok()).ok_or_else(failed)?;
        let mut content = self.answer.by_ref().take(length + 1);
        if length > most {
            std::io::copy(&mut content, &mut std::io::sink()).map_err(|_| failed())?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|_| failed())?;
        // A line feed of git's own.
        bytes.pop();
        let read = u64::try_from(bytes.len()).is_ok_and(|read| read == length);
        if read { Ok(Some(bytes)) } else { Err(failed()) }
    }

    fn close(self) -> Result<(), Error> {
        let Objects { mut child, ask, answer } = self;
        drop((ask, answer));
        child.wait().map(drop).map_err(|_| failed())
    }
}

fn failed() -> Error {
    Error::git("cat-file", None)
}
