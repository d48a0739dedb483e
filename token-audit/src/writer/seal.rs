//! Seals records: writes their tiles, and then the signed checkpoint over them.
//!
//! Because of this order the process may be killed at any point. A file counts only once a durable checkpoint needs it,
//! and the checkpoint is written only when all its files are durable. Until then the journal has every record.

use std::{
    collections::BTreeSet,
    io,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use super::{growth::Growth, options::OnCheckpoint};
use crate::{
    Checkpoint, SigningKey,
    error::{Fault, FaultProblem},
    merkle::Tile,
    session::Session,
    storage::{Storage, StoredFile},
    tiles::CHECKPOINT,
};

/// The file into which a checkpoint is written before it replaces the old one.
const UNFINISHED: &str = "checkpoint.new";

/// Writes checkpoints.
pub(super) struct Sealer {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) key: SigningKey,
    /// The newest checkpoint, as it stands in its file.
    pub(super) checkpoint: Checkpoint,
    /// The session of this writer. Its first checkpoint makes its mark durable, before a frame of the journal relies on it.
    pub(super) session: Session,
    /// The directories whose names are known to be durable. That a directory exists does not prove it: the process that
    /// made the directory may have been killed before the sync.
    pub(super) durable: BTreeSet<String>,
    pub(super) on_checkpoint: Option<OnCheckpoint>,
}

impl Sealer {
    /// Brings all records under a new checkpoint.
    pub(super) fn seal(&mut self, growth: &mut Growth) -> Result<(), FaultProblem> {
        let (sealed, size) = (self.checkpoint.size(), growth.size());
        self.check_undisturbed()?;
        if sealed == size && self.checkpoint.session() == Some(self.session) {
            return Ok(());
        }
        self.write_tiles(growth.unsealed(sealed))?;
        let checkpoint = Checkpoint::sign(&self.key, size, &growth.root(), Some(self.session))
            .map_err(|_| poisoned("signing a checkpoint", io::ErrorKind::Other))?;
        put_checkpoint(&*self.storage, &checkpoint)?;
        self.checkpoint = checkpoint;
        growth.sealed();
        self.remove_outgrown(sealed);
        if let Some(call) = &mut self.on_checkpoint {
            // If the callback panics, the threads that wait for this checkpoint must still get their answers.
            let called = panic::catch_unwind(AssertUnwindSafe(|| call(&self.checkpoint)));
            called.map_err(|_| FaultProblem::Panicked { what: "a callback for checkpoints" })?;
        }
        Ok(())
    }

    /// Fails if the file of the checkpoint is not the one that was written last. If somebody put an older copy back,
    /// sealing would sign a second history.
    fn check_undisturbed(&self) -> Result<(), FaultProblem> {
        let what = match self.storage.read(CHECKPOINT) {
            Ok(text) if text == self.checkpoint.as_str().as_bytes() => return Ok(()),
            Ok(_) => "somebody replaced it while the log was open",
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                "somebody removed it while the log was open"
            }
            Err(error) => return Err(poisoned("reading the checkpoint", error.kind())),
        };
        Err(FaultProblem::Damaged { file: CHECKPOINT.into(), index: None, what })
    }

    fn write_tiles<'g>(
        &mut self,
        tiles: impl Iterator<Item = (Tile, &'g [u8])>,
    ) -> Result<(), FaultProblem> {
        let mut changed = BTreeSet::new();
        let mut open = Vec::new();
        for (tile, data) in tiles {
            let path = tile.path();
            self.make_directories(&path, &mut changed)?;
            // Several files are written before the first is synced, so that the disk works on all of them.
            open.push(write(&*self.storage, &path, data)?);
            if open.len() == OPEN_FILES {
                open.drain(..).try_for_each(sync)?;
            }
        }
        open.into_iter().try_for_each(sync)?;
        changed.iter().try_for_each(|directory| sync_directory(&*self.storage, directory))?;
        self.durable.extend(changed);
        Ok(())
    }

    /// Makes the missing directories on the way to a file. Adds to `changed` the directories that must be synced.
    fn make_directories(
        &self,
        path: &str,
        changed: &mut BTreeSet<String>,
    ) -> Result<(), FaultProblem> {
        let mut above = "";
        for (end, _) in path.match_indices('/') {
            let directory = path.get(..end).unwrap_or_default();
            if !self.durable.contains(directory) && !changed.contains(directory) {
                let made = self.storage.create_directory(directory);
                made.map_err(|error| failed("making a directory for tiles", &error))?;
                changed.insert(above.to_owned());
                changed.insert(directory.to_owned());
            }
            above = directory;
        }
        changed.insert(above.to_owned());
        Ok(())
    }

    /// Removes partial tiles that are no longer needed. They were written for a checkpoint that is replaced now, and
    /// nothing else needs them. So an error here costs only space.
    fn remove_outgrown(&mut self, sealed: u64) {
        let size = self.checkpoint.size();
        let outgrown =
            Tile::partial(sealed).filter(|old| Tile::partial(size).all(|new| new != *old));
        for tile in outgrown {
            let path = tile.path();
            let _ = self.storage.remove(&path);
            if let Some((directory, _)) = path.rsplit_once('/') {
                // This fails if the directory is not empty.
                if self.storage.remove_directory(directory).is_ok() {
                    self.durable.remove(directory);
                }
            }
        }
    }
}

/// Replaces the checkpoint, so that the new one is durable.
pub(super) fn put_checkpoint(
    storage: &dyn Storage,
    checkpoint: &Checkpoint,
) -> Result<(), FaultProblem> {
    let _ = storage.remove(UNFINISHED); // Left by a crash, or put there by another program.
    sync(write(storage, UNFINISHED, checkpoint.as_str().as_bytes())?)?;
    storage
        .rename(UNFINISHED, CHECKPOINT)
        .map_err(|error| failed("renaming the checkpoint", &error))?;
    sync_directory(storage, "")
}

/// Writes a file and returns it. It is durable once the file and its directory are synced.
fn write(
    storage: &dyn Storage,
    path: &str,
    data: &[u8],
) -> Result<Box<dyn StoredFile>, FaultProblem> {
    let written = storage.open(path, true).and_then(|mut file| {
        file.set_len(data.len() as u64)?;
        file.write_at(0, data)?;
        Ok(file)
    });
    written.map_err(|error| failed("writing a tile or checkpoint", &error))
}

fn sync(mut file: Box<dyn StoredFile>) -> Result<(), FaultProblem> {
    file.sync().map_err(|error| poisoned("syncing a tile or checkpoint", error.kind()))
}

fn sync_directory(storage: &dyn Storage, path: &str) -> Result<(), FaultProblem> {
    storage.sync_directory(path).map_err(|error| poisoned("syncing a directory", error.kind()))
}

/// Makes the problem of an operation that failed. A full disk can get space again; after any other error the files
/// cannot be trusted.
pub(super) fn failed(doing: &'static str, error: &io::Error) -> FaultProblem {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            FaultProblem::Full { needs: "the log needs more space" }
        }
        kind => poisoned(doing, kind),
    }
}

pub(super) fn poisoned(doing: &'static str, kind: io::ErrorKind) -> FaultProblem {
    FaultProblem::Poisoned { doing, kind }
}

/// Returns whether the fault is a full disk. Then the log may go on when there is space again.
pub(super) fn is_full(fault: &Fault) -> bool {
    matches!(fault.problem, FaultProblem::Full { .. })
}

/// The most files that are open at a time.
const OPEN_FILES: usize = 64;
