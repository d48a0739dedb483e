//! Keeps checkpoints in a directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use token_audit::{Checkpoint, VerifyingKey};

use super::{Store, kept};
use crate::failure::Failure;
use crate::file;

/// A directory with a file for each checkpoint, named by its size. It is locked, since two witnesses at the same time could
/// cosign two histories.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// How the files of checkpoints end. Their names sort as the sizes do.
const ENDING: &str = ".checkpoint";

impl Folder {
    /// Makes the directory if it is missing, and waits until no other witness uses it.
    pub(super) fn lock(path: &Path) -> Result<Folder, Failure> {
        let failed = |error: &io::Error| Failure::at(&path.to_string_lossy(), error);
        match fs::create_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(&error));
            }
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(path.join("lock")).map_err(|error| failed(&error))?;
        lock.lock().map_err(|error| failed(&error))?;
        Ok(Folder { path: path.to_owned(), _lock: lock })
    }

    fn newest(&self) -> io::Result<Option<PathBuf>> {
        let mut newest = None;
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let is_one = name.to_str().is_some_and(|name| name.ends_with(ENDING));
            newest = newest.max(Some(name).filter(|_| is_one));
        }
        Ok(newest.map(|name| self.path.join(name)))
    }

    fn put(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut new = NamedTempFile::new_in(&self.path)?;
        new.write_all(text.as_bytes())?;
        new.as_file().sync_all()?;
        new.persist(path).map_err(|error| error.error)?;
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(())
    }
}

impl Store for Folder {
    fn last(&self, log: &VerifyingKey) -> Result<Option<Checkpoint>, Failure> {
        let newest = self.newest();
        let newest = newest.map_err(|error| Failure::at(&self.path.to_string_lossy(), &error))?;
        let Some(path) = newest else { return Ok(None) };
        let shown = path.to_string_lossy();
        kept(&file::bytes(&path, &shown)?, log, &shown).map(Some)
    }

    fn keep(&self, checkpoint: &Checkpoint) -> Result<String, Failure> {
        // A log has less than 2^48 records, which have 15 digits.
        let path = self.path.join(format!("{:015}{ENDING}", checkpoint.size()));
        let shown = path.to_string_lossy();
        self.put(&path, checkpoint.as_str()).map_err(|error| Failure::at(&shown, &error))?;
        Ok(shown.into_owned())
    }
}
