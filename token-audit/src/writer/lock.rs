//! Keeps a second writer out.

use std::io;

use super::recover::Opening;
use crate::{
    error::{Fault, FaultProblem},
    journal,
    storage::StoredFile,
};

/// The file whose lock the writer has.
const LOCK: &str = "lock";

/// The files that a writer has locked.
pub(super) struct Locked {
    pub(super) lock: Box<dyn StoredFile>,
    pub(super) journal: Box<dyn StoredFile>,
}

impl Opening<'_> {
    /// Takes the log's lock, which is free again when the files are dropped.
    ///
    /// The lock is on a file that only its owner may open, since whoever may open a file may hold a lock on it. The
    /// journal is locked too, if nobody who only reads it has locked it: if somebody removes the file of the lock while a
    /// writer has it, a second writer makes another one, and then finds the journal locked.
    pub(super) fn lock(&self, is_new: bool) -> Result<Locked, Fault> {
        let mut journal = self.open_journal(is_new)?;
        let opened = self.storage.open_private(LOCK);
        let (mut lock, is_made) = opened.map_err(|error| self.io("opening", LOCK, &error))?;
        if !self.try_lock(&mut *lock, LOCK)? {
            return Err(FaultProblem::Locked.at(self.name));
        }
        let has_journal = self.try_lock(&mut *journal, journal::PATH)?;
        match has_journal || is_new || !is_made {
            true => Ok(Locked { lock, journal }),
            false => Err(FaultProblem::Locked.at(self.name)),
        }
    }

    fn open_journal(&self, is_new: bool) -> Result<Box<dyn StoredFile>, Fault> {
        match self.storage.open(journal::PATH, is_new) {
            Ok(journal) => Ok(journal),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(self.damaged(journal::PATH, None, "it is missing"))
            }
            Err(error) => Err(self.io("opening", journal::PATH, &error)),
        }
    }

    fn try_lock(&self, file: &mut dyn StoredFile, path: &str) -> Result<bool, Fault> {
        let locked = file.try_lock().map_err(|error| self.io("locking", path, &error))?;
        // The file may have been replaced before it was locked. Then the lock is on a file that is gone.
        match file.is_in_place().unwrap_or(false) {
            true => Ok(locked),
            false => Err(self.damaged(path, None, "somebody has just replaced it")),
        }
    }
}
