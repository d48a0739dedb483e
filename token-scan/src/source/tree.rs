//! A folder and all below it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::scanner::{Outcome, Scanner, Work};
use crate::{Error, Report, Skipped, Why};

impl Scanner {
    /// Scans a folder and all below it, or a file, on all cores.
    ///
    /// Hidden files and lock files count. What `.gitignore` names doesn't, nor does `.git`; other ignore files and git's
    /// settings of this machine have no say, so that every machine sees the same. Links are not followed. Paths in findings
    /// are relative to the folder and have `/` between their parts.
    ///
    /// # Errors
    ///
    /// If the folder or file itself cannot be read. What cannot be read below it is [skipped](Report::skipped).
    pub fn tree(&self, root: impl AsRef<Path>) -> Result<Report, Error> {
        let root = root.as_ref();
        let shown = root.to_string_lossy();
        std::fs::metadata(root).map_err(|error| Error::io(shown, &error))?;
        let all = Mutex::new(Outcome::default());
        self.walk(root).build_parallel().run(|| {
            let mut visitor = Visitor {
                scanner: self,
                root,
                buffer: Vec::new(),
                work: Work::default(),
                own: Outcome::default(),
                all: &all,
            };
            Box::new(move |entry| {
                visitor.visit(entry);
                WalkState::Continue
            })
        });
        let Outcome { mut report, used } = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.findings.extend(self.suppressions.findings(&used));
        report.sort();
        Ok(report)
    }

    fn walk(&self, root: &Path) -> WalkBuilder {
        let mut walk = WalkBuilder::new(root);
        walk.hidden(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .git_ignore(!self.settings.gitignored)
            .require_git(false)
            .threads(self.settings.threads)
            .filter_entry(|entry| entry.file_name() != ".git" || entry.depth() == 0);
        walk
    }
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
        let path = shown(self.root, entry.path());
        match self.read(entry.path()) {
            Ok(true) => self.scan(&path),
            Ok(false) => self.skip(path, Why::TooLarge),
            Err(_) => self.skip(path, Why::Unreadable),
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

    fn skip(&mut self, path: String, why: Why) {
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
