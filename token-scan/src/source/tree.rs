//! Scans folders with all below them.

mod visitor;

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use ignore::{DirEntry, WalkBuilder, WalkState};
use token_policy::report::{path_bytes, path_text};

use self::visitor::Visitor;
use super::git::{self, Listed};
use super::lock::locked;
use super::root::Root;
use crate::scanner::{Outcome, Scanner, Work};
use crate::{Entry, Error, Report, Skipped, Why};

impl Scanner {
    /// Scans a folder and all below it, or a file, on all cores.
    ///
    /// Hidden files and lock files are searched. In a repository, what git neither tracks nor would add because of a
    /// `.gitignore` is left out, and so is `.git`: git itself is asked. Without git, or outside of a repository, nothing
    /// is left out. git's settings on this machine have no effect, so that every machine finds the same. Links are not
    /// followed; the path in a link is searched as its text. Paths in findings are relative to the folder and have `/`
    /// between their parts.
    ///
    /// # Errors
    ///
    /// Fails if the folder or file itself cannot be read. What cannot be read below it is [skipped](Report::skipped).
    pub fn tree(&self, root: impl AsRef<Path>) -> Result<Report, Error> {
        self.trees(root.as_ref(), &[root.as_ref()])
    }

    /// Scans several folders and files below `base`, such as parts of a repository. Paths in findings and suppressions are
    /// relative to `base`; of a root whose path does not begin with `base` they are whole. Only suppressions for files
    /// below the roots can be reported as unused.
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
        let Outcome { mut report, used } = self.search_all(base, &roots)?;
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

    /// Searches the roots: those below the base together, and each other folder by itself.
    fn search_all(&self, base: &Path, roots: &[&Path]) -> Result<Outcome, Error> {
        let folder = if base.is_dir() { base } else { base.parent().unwrap_or(base) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let is_elsewhere = |root: &&Path| root.is_dir() && !root.starts_with(base);
        let (elsewhere, below): (Vec<&Path>, Vec<&Path>) =
            roots.iter().partition(|root| is_elsewhere(root));
        let mut all = self.search_in(folder, base, &below)?;
        for root in elsewhere {
            all.add(self.search_in(root, base, &[root])?);
        }
        Ok(all)
    }

    /// Searches roots that are below a folder.
    fn search_in(&self, folder: &Path, base: &Path, roots: &[&Path]) -> Result<Outcome, Error> {
        let root = Root::new(folder).map_err(|error| Error::io(shown(base, folder), &error))?;
        let all = Mutex::new(Outcome::default());
        let search = Search { scanner: self, base, root, all };
        let kept = Arc::new(Kept::default());
        // A file that is named is searched whatever git says of it.
        if !self.settings.gitignored && roots.iter().any(|root| root.is_dir()) {
            search.ask_git(&kept);
        }
        search.walk(roots, &kept);
        search.rest(roots, &kept);
        Ok(search.all.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One search of a tree.
struct Search<'s> {
    scanner: &'s Scanner,
    base: &'s Path,
    root: Root,
    all: Mutex<Outcome>,
}

/// What git says of the files, in the repository and in those inside of it.
#[derive(Default)]
struct Kept {
    /// Whether git is asked.
    is_asked: AtomicBool,
    /// What is not walked: what git neither tracks nor would add.
    left_out: RwLock<HashSet<PathBuf>>,
    /// The files that git tracks and that no walk meets.
    rest: Mutex<BTreeSet<PathBuf>>,
}

impl Search<'_> {
    /// Asks git about the repository that the base is in, if it is in one.
    fn ask_git(&self, kept: &Kept) {
        let Ok(whole) = self.root.path().canonicalize() else { return };
        let Some(top) = whole.ancestors().find(|folder| is_repository(folder)) else { return };
        kept.is_asked.store(true, Ordering::Relaxed);
        match git::listed(top) {
            Ok(listed) => kept.add(&listed, &whole, self.root.path()),
            Err(_) => {
                let untold = Skipped { path: ".git".into(), why: Why::Untold };
                locked(&self.all).report.skipped.push(untold);
            }
        }
    }

    fn visitor(&self) -> Visitor<'_> {
        Visitor {
            scanner: self.scanner,
            base: self.base,
            root: &self.root,
            buffer: Vec::new(),
            work: Work::default(),
            own: Outcome::default(),
            all: &self.all,
        }
    }

    /// Searches everything below the roots but what git leaves out. The walk itself reads no ignore rules.
    fn walk(&self, roots: &[&Path], kept: &Arc<Kept>) {
        let Some((first, others)) = roots.split_first() else { return };
        let mut walk = WalkBuilder::new(first);
        for root in others {
            walk.add(root);
        }
        let kept = kept.clone();
        walk.standard_filters(false).threads(self.scanner.settings.threads);
        walk.filter_entry(move |entry| entry.depth() == 0 || kept.has(entry));
        walk.build_parallel().run(|| {
            let mut visitor = self.visitor();
            Box::new(move |entry| {
                visitor.visit(entry);
                WalkState::Continue
            })
        });
    }

    /// Searches the committed files that no walk has met.
    fn rest(&self, roots: &[&Path], kept: &Kept) {
        let mut visitor = self.visitor();
        for path in std::mem::take(&mut *locked(&kept.rest)) {
            if roots.iter().any(|root| path.starts_with(root)) {
                visitor.look(&path);
            }
        }
    }
}

impl Kept {
    /// Returns whether the walk goes on with an entry.
    fn has(&self, entry: &DirEntry) -> bool {
        if entry.file_name() == ".git" {
            return false;
        }
        if !self.is_asked.load(Ordering::Relaxed) {
            return true;
        }
        let is_left_out = read(&self.left_out).contains(entry.path());
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if !is_left_out && is_folder && is_repository(entry.path()) {
            // A repository inside of this one has rules of its own. If git cannot read it, all of it is searched.
            if let Ok(listed) = git::listed(entry.path()) {
                self.add(&listed, entry.path(), entry.path());
            }
        }
        !is_left_out
    }

    /// Adds what git says of a repository. Its paths begin with `from`, and those of the walk with `to`.
    fn add(&self, listed: &Listed, from: &Path, to: &Path) {
        let moved = |path: &Path| path.strip_prefix(from).ok().map(|below| to.join(below));
        let is_met = not_below(&listed.left_out);
        let rest =
            listed.tracked.iter().filter(|path| !is_met(path)).filter_map(|path| moved(path));
        locked(&self.rest).extend(rest);
        let mut left_out = self.left_out.write().unwrap_or_else(PoisonError::into_inner);
        left_out.extend(listed.left_out.iter().filter_map(|path| moved(path)));
    }
}

/// Returns a function that says whether a walk meets a path: whether it is below nothing that is left out, and leads
/// nowhere else.
fn not_below(left_out: &HashSet<PathBuf>) -> impl Fn(&Path) -> bool {
    |path| {
        let is_plain = path.components().all(|part| !matches!(part, Component::ParentDir));
        is_plain && (left_out.is_empty() || !path.ancestors().any(|path| left_out.contains(path)))
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn is_repository(folder: &Path) -> bool {
    std::fs::symlink_metadata(folder.join(".git")).is_ok()
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Whatever a walk leaves out, what git tracks is searched, or told.
    #[test]
    fn what_no_walk_meets_is_searched() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in ["out/a.pem", "out/b.pem", "c.pem"] {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), "text").unwrap();
        }
        let scanner = crate::Scan::bare().build().unwrap();
        let search = Search {
            scanner: &scanner,
            base: root,
            root: Root::new(root).unwrap(),
            all: Mutex::default(),
        };
        let kept = Arc::new(Kept::default());
        kept.is_asked.store(true, Ordering::Relaxed);
        let tracked = ["out/a.pem", "out/gone.pem", "c.pem", "x/../../d.pem"];
        let listed = Listed {
            tracked: tracked.iter().map(|path| root.join(path)).collect(),
            left_out: [root.join("out")].into(),
        };
        kept.add(&listed, root, root);
        search.walk(&[root], &kept);
        let walked = locked(&search.all).report.files;
        search.rest(&[root], &kept);
        let all = locked(&search.all);
        assert_eq!((walked, all.report.files), (1, 2));
        let skipped: Vec<_> = all.report.skipped.iter().map(|file| file.why).collect();
        assert_eq!(skipped, [Why::Unreadable], "{:?}", all.report.skipped);
    }
}
