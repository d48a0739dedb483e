//! Searches the files that a walk meets.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Mutex;

use ignore::DirEntry;

use super::shown;
use crate::Why;
use crate::scanner::{Outcome, Scanner, Work};
use crate::source::lock::locked;
use crate::source::root::{self, Found, Root};

/// One thread of a walk, which searches the files that are passed to it.
pub(super) struct Visitor<'s> {
    pub(super) scanner: &'s Scanner,
    pub(super) base: &'s Path,
    pub(super) root: &'s Root,
    pub(super) buffer: Vec<u8>,
    pub(super) work: Work,
    pub(super) own: Outcome,
    pub(super) all: &'s Mutex<Outcome>,
}

impl Visitor<'_> {
    pub(super) fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) {
        match entry {
            Ok(entry) => {
                let Some(kind) = entry.file_type() else { return };
                if kind.is_file() && entry.depth() == 0 {
                    // Whoever names a file wants this file, also if the way to it has links.
                    self.file(entry.path(), root::named(entry.path()));
                } else if kind.is_file() {
                    let found = self.root.file(self.below(entry.path()));
                    self.file(entry.path(), found);
                } else if kind.is_symlink() {
                    self.look(entry.path());
                }
            }
            Err(error) => {
                let path = path_of(&error).map(|path| shown(self.base, path));
                self.skip(&path.unwrap_or_default(), Why::Unreadable);
            }
        }
    }

    /// Searches what stands at a path. A file that was deleted has nothing to search, nor has one below a link: for git
    /// that is another file.
    pub(super) fn look(&mut self, path: &Path) {
        match self.root.look(self.below(path)) {
            Ok(Found::File(file, found)) => self.file(path, Ok((file, found))),
            // For git, the path that a link holds is the text of the link.
            Ok(Found::Link(text)) => {
                self.buffer = text;
                self.scan(&shown(self.base, path));
            }
            Ok(Found::Other) => {}
            Err(error) if root::is_absent(&error) => {}
            Err(_) => self.skip(&shown(self.base, path), Why::Unreadable),
        }
    }

    fn below<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.root.path()).unwrap_or(path)
    }

    fn file(&mut self, path: &Path, found: io::Result<(File, Metadata)>) {
        let below = shown(self.base, path);
        match found.and_then(|(file, found)| self.read(file, &found)) {
            Ok(true) => self.scan(&below),
            Ok(false) => self.skip(&below, Why::TooLarge),
            Err(_) => self.skip(&below, Why::Unreadable),
        }
    }

    /// Fills the buffer with the file's bytes. Returns `false` if the file is too large, and leaves the buffer empty.
    fn read(&mut self, file: File, found: &Metadata) -> io::Result<bool> {
        let most = self.scanner.settings.max_file_bytes;
        let length = found.len();
        self.buffer.clear();
        if length > most {
            return Ok(false);
        }
        self.buffer.reserve(usize::try_from(length).unwrap_or(0).saturating_add(1));
        // The length saves a read that only says that the file has ended. Some files, as in `/proc`, state none.
        let most = if length == 0 { most } else { length };
        file.take(most).read_to_end(&mut self.buffer)?;
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
