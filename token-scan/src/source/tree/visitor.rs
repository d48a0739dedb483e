//! Searches the files that a walk meets.

use std::collections::BTreeSet;
use std::fs::{File, FileType};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::DirEntry;

use super::shown;
use crate::Why;
use crate::scanner::{Outcome, Scanner, Work};
use crate::source::lock::locked;

/// One thread of a walk, which searches the files that are passed to it.
pub(super) struct Visitor<'s> {
    pub(super) scanner: &'s Scanner,
    pub(super) root: &'s Path,
    pub(super) tracked: &'s Mutex<BTreeSet<PathBuf>>,
    pub(super) buffer: Vec<u8>,
    pub(super) work: Work,
    pub(super) own: Outcome,
    pub(super) all: &'s Mutex<Outcome>,
}

impl Visitor<'_> {
    pub(super) fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) {
        match entry {
            Ok(entry) => {
                if let Some(kind) = entry.file_type() {
                    locked(self.tracked).remove(entry.path());
                    self.look(entry.path(), kind);
                }
            }
            Err(error) => {
                let path = path_of(&error).map(|path| shown(self.root, path));
                self.skip(&path.unwrap_or_default(), Why::Unreadable);
            }
        }
    }

    pub(super) fn look(&mut self, path: &Path, kind: FileType) {
        let below = shown(self.root, path);
        let read = match () {
            () if kind.is_file() => self.read(path),
            () if kind.is_symlink() => self.read_link(path),
            () => return,
        };
        match read {
            Ok(true) => self.scan(&below),
            Ok(false) => self.skip(&below, Why::TooLarge),
            Err(_) => self.skip(&below, Why::Unreadable),
        }
    }

    /// Fills the buffer with the path that a link holds, which for git is the text of the link. The link is not
    /// followed.
    fn read_link(&mut self, path: &Path) -> io::Result<bool> {
        let target = std::fs::read_link(path)?;
        self.buffer.clear();
        self.buffer.extend_from_slice(target.to_string_lossy().as_bytes());
        Ok(true)
    }

    /// Fills the buffer with the file's bytes. Returns `false` if the file is too large, and leaves the buffer empty.
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

    /// Reports a file as not searched. Its name is searched, since it may contain a token.
    fn skip(&mut self, path: &str, why: Why) {
        let outcome = self.scanner.unsearched(path, why, &mut self.work);
        self.own.add(outcome);
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        let own = std::mem::take(&mut self.own);
        locked(self.all).add(own);
    }
}

/// Returns the path that an error of the walk is about, or `None` if it names none.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}
