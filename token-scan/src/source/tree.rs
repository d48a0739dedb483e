//! A folder and all below it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::git;
use crate::scanner::{Outcome, Scanner, Work};
use crate::{Error, Report, Skipped, Why};

impl Scanner {
    /// Scans a folder and all below it, or a file, on all cores.
    ///
    /// Hidden files and lock files count. What `.gitignore` names doesn't, unless it is in git's index all the same, nor does
    /// `.git`; other ignore files and git's settings of this machine have no say, so that every machine sees the same. Links
    /// are not followed. Paths in findings are relative to the folder and have `/` between their parts.
    ///
    /// # Errors
    ///
    /// If the folder or file itself cannot be read. What cannot be read below it is [skipped](Report::skipped), and so is
    /// `.git` if git cannot tell what it has.
    pub fn tree(&self, root: impl AsRef<Path>) -> Result<Report, Error> {
        self.trees(root.as_ref(), &[root.as_ref()])
    }

    /// Scans several folders and files below `base`, such as parts of a repository. Paths in findings and suppressions are
    /// relative to `base`, whichever part is scanned; the roots' paths begin with it. Of the suppressions only those that are
    /// about these parts can be unused.
    ///
    /// # Errors
    ///
    /// If one of the roots cannot be read.
    pub fn trees<P: AsRef<Path>>(&self, base: &Path, roots: &[P]) -> Result<Report, Error> {
        let roots = outermost(roots);
        for root in &roots {
            let found = std::fs::metadata(root);
            found.map_err(|error| Error::io(shown(base, root), &error))?;
        }
        let Outcome { mut report, used } = self.search_all(base, &roots);
        let is_scanned = |path: &str| roots.iter().any(|root| base.join(path).starts_with(root));
        report.findings.extend(self.suppressions.findings(&used, is_scanned));
        report.sort();
        Ok(report)
    }

    fn search_all(&self, base: &Path, roots: &[&Path]) -> Outcome {
        let all = Mutex::new(Outcome::default());
        let visitor = || Visitor {
            scanner: self,
            root: base,
            buffer: Vec::new(),
            work: Work::default(),
            own: Outcome::default(),
            all: &all,
        };
        if !self.settings.gitignored {
            roots.iter().for_each(|root| visitor().tracked(root));
        }
        let Some(walk) = self.walk(roots) else { return Outcome::default() };
        walk.build_parallel().run(|| {
            let mut visitor = visitor();
            Box::new(move |entry| {
                visitor.visit(entry);
                WalkState::Continue
            })
        });
        all.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn walk(&self, roots: &[&Path]) -> Option<WalkBuilder> {
        let (first, others) = roots.split_first()?;
        let mut walk = WalkBuilder::new(first);
        for root in others {
            walk.add(root);
        }
        walk.hidden(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .git_ignore(!self.settings.gitignored)
            .require_git(false)
            .threads(self.settings.threads)
            .filter_entry(|entry| entry.file_name() != ".git" || entry.depth() == 0);
        Some(walk)
    }
}

/// The roots that are in no other.
fn outermost<P: AsRef<Path>>(roots: &[P]) -> Vec<&Path> {
    let mut sorted: Vec<&Path> = roots.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    let mut kept: Vec<&Path> = Vec::new();
    for root in sorted {
        // What is below another root stands behind it.
        if !kept.last().is_some_and(|outer| root.starts_with(outer)) {
            kept.push(root);
        }
    }
    kept
}

/// What one thread does with the files that come to it.
struct Visitor<'s> {
    scanner: &'s Scanner,
    root: &'s Path,
    buffer: Vec<u8>,
    work: Work,
    own: Outcome,
    all: &'s Mutex<Outcome>,
}

impl Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) {
        let Ok(entry) = entry else {
            return self.skip(String::new(), Why::Unreadable);
        };
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if !is_file {
            return;
        }
        self.file(entry.path());
    }

    /// Scans the files that the walk leaves out and git has all the same, unless they were removed from the tree or are links.
    fn tracked(&mut self, root: &Path) {
        let Ok(paths) = git::tracked_but_ignored(root) else {
            return self.skip(".git".to_owned(), Why::Unreadable);
        };
        for path in paths {
            if std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let name = shown(self.root, path);
        match self.read(path) {
            Ok(true) => self.scan(&name),
            Ok(false) => self.skip(name, Why::TooLarge),
            Err(_) => self.skip(name, Why::Unreadable),
        }
    }

    /// Fills the buffer; no if the file is too large.
    fn read(&mut self, path: &Path) -> io::Result<bool> {
        let mut file = File::open(path)?;
        let most = self.scanner.settings.max_file_bytes;
        let length = file.metadata()?.len();
        self.buffer.clear();
        if length > most {
            return Ok(false);
        }
        self.buffer.reserve(usize::try_from(length).unwrap_or(0).saturating_add(1));
        file.by_ref().take(most).read_to_end(&mut self.buffer)?;
        Ok(true)
    }

    fn scan(&mut self, path: &str) {
        let outcome = self.scanner.file(path, &self.buffer, None, &mut self.work);
        self.own.add(outcome);
    }

    /// A token may stand in the name of a file that is not searched.
    fn skip(&mut self, path: String, why: Why) {
        let path = self.scanner.without_tokens(path, &mut self.work);
        self.own.report.skipped.push(Skipped { path, why });
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        let own = std::mem::take(&mut self.own);
        self.all.lock().unwrap_or_else(PoisonError::into_inner).add(own);
    }
}

/// A path below the root, with `/` on every system.
fn shown(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let shown = below.unwrap_or(path).to_string_lossy();
    if cfg!(windows) { shown.replace('\\', "/") } else { shown.into_owned() }
}
