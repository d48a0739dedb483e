//! Scans folders with all below them.

mod visitor;

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};
use token_policy::report::{path_bytes, path_text};

use self::visitor::Visitor;
use super::git;
use super::lock::locked;
use crate::scanner::{Outcome, Scanner, Work};
use crate::{Entry, Error, Report, Skipped, Why};

impl Scanner {
    /// Scans a folder and all below it, or a file, on all cores.
    ///
    /// Hidden files and lock files are searched. Files that `.gitignore` names are not, unless they are committed all
    /// the same, nor is `.git`. Other ignore files, those above the repository, and git's settings on this machine have
    /// no effect, so that every machine finds the same. Links are not followed; the path in a link is searched as its
    /// text. Paths in findings are relative to the folder and have `/` between their parts.
    ///
    /// # Errors
    ///
    /// Fails if the folder or file itself cannot be read. What cannot be read below it is [skipped](Report::skipped).
    pub fn tree(&self, root: impl AsRef<Path>) -> Result<Report, Error> {
        self.trees(root.as_ref(), &[root.as_ref()])
    }

    /// Scans several folders and files below `base`, such as parts of a repository. The paths of the roots must begin
    /// with `base`. Paths in findings and suppressions are relative to `base`. Only suppressions for files below the
    /// roots can be reported as unused.
    ///
    /// # Errors
    ///
    /// Fails if one of the roots cannot be read.
    pub fn trees<P: AsRef<Path>>(&self, base: &Path, roots: &[P]) -> Result<Report, Error> {
        let roots = outermost(roots);
        for root in &roots {
            let found = std::fs::metadata(root);
            let found = found.map_err(|error| Error::io(shown(base, root), &error))?;
            if !found.is_file() && !found.is_dir() {
                let error = io::Error::from(io::ErrorKind::Unsupported);
                return Err(Error::io(shown(base, root), &error));
            }
        }
        let Outcome { mut report, used } = self.search_all(base, &roots);
        let skipped: HashSet<&str> = report.skipped.iter().map(|file| file.path.as_str()).collect();
        let could_be_used = |entry: &Entry| {
            let path = base.join(git::from_git(&path_bytes(entry.path())));
            let is_below = roots.iter().any(|root| path.starts_with(root));
            is_below && !skipped.contains(entry.path()) && self.looks_for(entry.rule())
        };
        let wrong = self.suppressions.findings(&used, could_be_used);
        let wrong = wrong.into_iter().map(|finding| finding.map(|text| self.mask(text)));
        report.findings.extend(wrong);
        report.sort();
        Ok(report)
    }

    fn search_all(&self, base: &Path, roots: &[&Path]) -> Outcome {
        let search = Search::new(self, base, roots);
        let (odd, even): (Vec<&Path>, Vec<&Path>) =
            roots.iter().partition(|root| root.ancestors().any(has_odd_rules));
        search.walk(&even, !self.settings.gitignored);
        search.walk(&odd, false);
        let left = std::mem::take(&mut *locked(&search.odd));
        search.walk(&left, false);
        search.rest();
        search.all.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One search of a tree.
struct Search<'s> {
    scanner: &'s Scanner,
    base: &'s Path,
    /// Whether the `.gitignore` files in the folders above the roots have an effect.
    in_repository: bool,
    /// The folders with a `.gitignore` that git doesn't read. They are walked later, without ignore rules.
    odd: Arc<Mutex<Vec<PathBuf>>>,
    /// The files that are committed although `.gitignore` names them, and that no walk has met yet.
    tracked: Mutex<BTreeSet<PathBuf>>,
    all: Mutex<Outcome>,
}

impl<'s> Search<'s> {
    fn new(scanner: &'s Scanner, base: &'s Path, roots: &[&Path]) -> Search<'s> {
        let whole = base.canonicalize();
        let in_repository =
            whole.is_ok_and(|base| base.ancestors().any(|folder| folder.join(".git").exists()));
        let mut all = Outcome::default();
        let mut tracked = BTreeSet::new();
        if in_repository && !scanner.settings.gitignored {
            match git::tracked_but_ignored(base) {
                Ok(paths) => {
                    let below = |path: &PathBuf| roots.iter().any(|root| path.starts_with(root));
                    tracked.extend(paths.into_iter().filter(below));
                }
                Err(_) => {
                    all.report.skipped.push(Skipped { path: ".git".into(), why: Why::Untold });
                }
            }
        }
        let (tracked, all) = (Mutex::new(tracked), Mutex::new(all));
        Search { scanner, base, in_repository, odd: Arc::default(), tracked, all }
    }

    fn visitor(&self) -> Visitor<'_> {
        Visitor {
            scanner: self.scanner,
            root: self.base,
            tracked: &self.tracked,
            buffer: Vec::new(),
            work: Work::default(),
            own: Outcome::default(),
            all: &self.all,
        }
    }

    fn walk<P: AsRef<Path>>(&self, roots: &[P], ignoring: bool) {
        let Some((first, others)) = roots.split_first() else { return };
        let mut walk = WalkBuilder::new(first);
        for root in others {
            walk.add(root);
        }
        let odd = self.odd.clone();
        walk.hidden(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .git_ignore(ignoring)
            // Outside of a repository, a `.gitignore` in a folder above the roots has no effect.
            .parents(self.in_repository)
            .require_git(self.in_repository)
            .threads(self.scanner.settings.threads)
            .filter_entry(move |entry| {
                let is_git = entry.file_name() == ".git" && entry.depth() > 0;
                !(is_git || ignoring && is_set_aside(entry, &odd))
            });
        walk.build_parallel().run(|| {
            let mut visitor = self.visitor();
            Box::new(move |entry| {
                visitor.visit(entry);
                WalkState::Continue
            })
        });
    }

    /// Searches the committed files that no walk has met.
    fn rest(&self) {
        let rest = std::mem::take(&mut *locked(&self.tracked));
        let mut visitor = self.visitor();
        for path in rest {
            // A deleted file has nothing to search.
            if let Ok(found) = std::fs::symlink_metadata(&path) {
                visitor.look(&path, found.file_type());
            }
        }
    }
}

/// Returns whether a folder is to be walked later, without ignore rules. Notes such a folder in `odd`.
fn is_set_aside(entry: &DirEntry, odd: &Mutex<Vec<PathBuf>>) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    let is_odd = is_folder && has_odd_rules(entry.path());
    if is_odd {
        locked(odd).push(entry.path().to_owned());
    }
    is_odd
}

/// Returns whether a folder has a `.gitignore` that git doesn't read: a link, or a pipe, whose reading might never end.
fn has_odd_rules(folder: &Path) -> bool {
    let found = std::fs::symlink_metadata(folder.join(".gitignore"));
    found.is_ok_and(|found| !found.is_file())
}

/// Returns the roots that are not below another root.
fn outermost<P: AsRef<Path>>(roots: &[P]) -> Vec<&Path> {
    let mut sorted: Vec<&Path> = roots.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    let mut kept: Vec<&Path> = Vec::new();
    for root in sorted {
        // In the sorted list, what is below a root comes right after it.
        if !kept.last().is_some_and(|outer| root.starts_with(outer)) {
            kept.push(root);
        }
    }
    kept
}

/// Returns a path relative to the root, with `/` on every system.
fn shown(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let shown = below.unwrap_or(path).as_os_str().as_encoded_bytes();
    let shown = path_text(shown);
    if cfg!(windows) { shown.replace('\\', "/") } else { shown.into_owned() }
}
