//! Scans what is staged, and what commits added, with the help of the `git` command.

mod command;
mod merges;
mod objects;
mod staged;
mod working;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

pub use self::command::git;
use self::command::output;
use token_policy::report::{path_bytes, path_text};

use self::merges::new_to_all_parents;
use self::objects::Objects;
use super::diff::{Change, changes};
use super::lock::locked;
use crate::added::Added;
use crate::scanner::{Outcome, Scanner, Work};
use crate::{Error, Report, Why};

/// The options that make git report changes in one way, whatever the user's settings say.
const PLAIN: &[&str] = &[
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--diff-filter=d",
    "--ignore-submodules=all",
    "--no-relative",
];

/// The options for the form of a patch.
const PATCH: &[&str] = &[
    "--patch",
    "--unified=0",
    "--full-index",
    "--text",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--inter-hunk-context=0",
];

/// For each time this many files, one more thread with a `git` process is worth its cost.
const WORTH: usize = 64;

impl Scanner {
    /// Scans the staged text of each changed file. Only findings that touch a changed line count.
    ///
    /// # Errors
    ///
    /// Fails if `git` cannot be run, fails, or gives output that is not understood.
    pub fn staged(&self, repository: impl AsRef<Path>) -> Result<Report, Error> {
        let repository = repository.as_ref();
        let raw = diff(repository, &["--raw", "-z", "--no-abbrev"])?;
        let (mut found, changed) =
            staged::new_files(&raw).ok_or_else(|| Error::git("diff", None))?;
        // A patch contains the texts, so it is requested only for files of which some lines are old.
        if changed > 0 {
            let patch = diff(repository, &[PATCH, &["--diff-filter=M"]].concat())?;
            found.extend(changes(&patch).ok_or_else(|| Error::git("diff", None))?);
        }
        self.changed(repository, found)
    }

    /// Scans what the commits after `since` and up to `HEAD` added, merges included: a token that a later commit removes
    /// is leaked all the same. Findings name the commit.
    ///
    /// # Errors
    ///
    /// Fails if `git` cannot be run, fails, or gives output that is not understood, and if `since` is no known commit.
    pub fn history(&self, repository: impl AsRef<Path>, since: &str) -> Result<Report, Error> {
        let repository = repository.as_ref();
        let range = format!("{}..HEAD", commit(repository, since)?);
        // `--remerge-diff` is not used, since it would run the merge drivers that the repository's settings name.
        let head = ["log", "--format=commit %H %P", "--diff-merges=separate"];
        let options = head.iter().chain(PLAIN).chain(PATCH).copied();
        let patch = output(repository, "log", options.chain([range.as_str(), "--"]))?;
        let found = changes(&patch).ok_or_else(|| Error::git("log", None))?;
        self.changed(repository, found)
    }

    /// Scans the new texts, on all cores.
    fn changed(&self, repository: &Path, changes: Vec<Change>) -> Result<Report, Error> {
        let texts: Vec<(Key, Brought)> = grouped(changes).into_iter().collect();
        let threads = (texts.len() / WORTH).clamp(1, self.settings.threads);
        let all = Mutex::new(Ok(Outcome::default()));
        thread::scope(|scope| {
            for part in texts.chunks(texts.len().div_ceil(threads).max(1)) {
                let all = &all;
                scope.spawn(move || {
                    let part = self.part(repository, part);
                    let mut all = locked(all);
                    match (all.as_mut(), part) {
                        (Ok(all), Ok(part)) => all.add(part),
                        (Ok(_), Err(error)) => *all = Err(error),
                        (Err(_), _) => {}
                    }
                });
            }
        });
        let Outcome { mut report, .. } =
            all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
        report.sort();
        Ok(report)
    }

    fn part(&self, repository: &Path, texts: &[(Key, Brought)]) -> Result<Outcome, Error> {
        let (mut all, mut work) = (Outcome::default(), Work::default());
        let most = self.settings.max_file_bytes;
        let mut left = Vec::new();
        for text in texts {
            let ((path, blob), brought) = text;
            let is_staged = brought.commit.is_empty();
            let bytes = is_staged
                .then(|| working::text(&repository.join(from_git(&path_bytes(path))), blob, most));
            match bytes.flatten() {
                Some(bytes) => all.add(self.file(path, &bytes, Some(&brought.added), &mut work)),
                None => left.push(text),
            }
        }
        if !left.is_empty() {
            self.objects(repository, &left, &mut all, &mut work)?;
        }
        Ok(all)
    }

    /// Scans texts that are not in the working tree, and adds the results to `all`.
    fn objects(
        &self,
        repository: &Path,
        texts: &[&(Key, Brought)],
        all: &mut Outcome,
        work: &mut Work,
    ) -> Result<(), Error> {
        let ids = texts.iter().map(|((_, blob), _)| blob.clone()).collect();
        let mut objects = Objects::ask(repository, ids)?;
        for ((path, blob), brought) in texts {
            let outcome = match objects.read(blob, self.settings.max_file_bytes)? {
                Some(bytes) => self.file(path, &bytes, Some(&brought.added), work),
                None => self.unsearched(path, Why::TooLarge, work),
            };
            all.add(with_commit(outcome, &brought.commit));
        }
        Ok(())
    }
}

fn with_commit(mut outcome: Outcome, commit: &str) -> Outcome {
    if !commit.is_empty() {
        let short = commit.get(..12).unwrap_or(commit);
        let findings = std::mem::take(&mut outcome.report.findings);
        outcome.report.findings =
            findings.into_iter().map(|finding| finding.fact("commit", short)).collect();
    }
    outcome
}

/// The path of a text, and the id of the object that holds the text.
type Key = (String, String);

/// The oldest commit that has a text (empty for a staged text), and the lines of the text that are new in some commit.
#[derive(Default)]
struct Brought {
    commit: String,
    added: Added,
}

fn grouped(changes: Vec<Change>) -> BTreeMap<Key, Brought> {
    let mut grouped = BTreeMap::<Key, Brought>::new();
    for new in new_to_all_parents(changes) {
        let path = path_text(&new.path).into_owned();
        let brought = grouped.entry((path, new.blob)).or_default();
        // `git log` lists the newest commit first, so the oldest one remains.
        brought.commit = new.commit;
        brought.added.push(new.parents);
    }
    grouped
}

/// Returns the output of `git diff --cached`.
fn diff(repository: &Path, how: &[&str]) -> Result<Vec<u8>, Error> {
    let arguments = ["diff", "--cached"].iter().chain(PLAIN).chain(how);
    output(repository, "diff", arguments)
}

/// Returns the id of the commit that a revision stands for. An empty revision is an error, since it comes from a
/// script's unset variable.
fn commit(repository: &Path, revision: &str) -> Result<String, Error> {
    let name = format!("{revision}^{{commit}}");
    let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", name.as_str()];
    let id = output(repository, "rev-parse", arguments)?;
    let id = String::from_utf8_lossy(&id).trim().to_owned();
    if revision.is_empty() || id.is_empty() { Err(Error::git("rev-parse", None)) } else { Ok(id) }
}

/// Returns the paths of the files below a folder of a repository that are committed although `.gitignore` names them.
pub(super) fn tracked_but_ignored(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let arguments =
        ["ls-files", "-z", "--cached", "--ignored", "--exclude-per-directory=.gitignore"];
    let paths = output(folder, "ls-files", arguments)?;
    let paths = paths.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    Ok(paths.map(|path| folder.join(from_git(path))).collect())
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
