//! Reads the tiles and bundles of a log, which are files.

use std::{io, path::Path, sync::Arc};

use super::{
    Checkpoint, VerifyingKey, journal,
    merkle::{Proven, Tile, Tiles, leaf_hash},
    storage::Storage,
};
use crate::{
    Error,
    error::{Fault, FaultProblem},
};

/// The path of the newest checkpoint, in the log's directory.
pub(super) const CHECKPOINT: &str = "checkpoint";

/// The files of one log.
#[derive(Clone)]
pub(super) struct Files {
    pub(super) storage: Arc<dyn Storage>,
    /// The log's directory, for error messages.
    pub(super) log: Arc<Path>,
}

impl Files {
    /// Returns the bytes of a tile or bundle. If a partial one is gone because it became full, they are read from the
    /// full one.
    pub(super) fn read(&self, tile: Tile) -> Result<Vec<u8>, Fault> {
        let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let outcome = match self.storage.read(&tile.path()) {
            Err(error) if missing(&error) && !tile.is_full() => {
                self.storage.read(&tile.full().path()).map(|full| head(tile, full))
            }
            outcome => outcome,
        };
        outcome.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.damaged(tile, None, "it is missing"),
            io::ErrorKind::FileTooLarge
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory => self.damaged(tile, None, "it is not such a file"),
            _ => self.unreadable(tile.path(), &error),
        })
    }

    /// Reads the newest checkpoint and checks its signature.
    pub(super) fn checkpoint(&self, key: &VerifyingKey) -> Result<Checkpoint, Error> {
        let text = self.storage.read(CHECKPOINT).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FaultProblem::NotFound.at(&*self.log),
            _ => self.unreadable(CHECKPOINT.to_owned(), &error),
        })?;
        Checkpoint::parse_exactly(&text, key).map_err(|error| error.of_log(&self.log))
    }

    /// Returns the bytes of the journal. A missing journal is damage.
    pub(super) fn journal(&self) -> Result<Vec<u8>, Fault> {
        self.storage.read(journal::PATH).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                let (file, what) = (journal::PATH.to_owned(), "it is missing");
                FaultProblem::Damaged { file, index: None, what }.at(&*self.log)
            }
            _ => self.unreadable(journal::PATH.to_owned(), &error),
        })
    }

    /// Returns the bytes of a bundle, after a check that each of its entries is in the tree.
    pub(super) fn checked_bundle(
        &self,
        bundle: Tile,
        proven: &Proven<Self>,
    ) -> Result<Vec<u8>, Error> {
        let bytes = self.read(bundle)?;
        let leaves = proven.leaves(bundle)?;
        let mut entries = journal::entries(&bytes);
        for (index, leaf) in (bundle.start()..).zip(leaves) {
            if entries.next().flatten().map(leaf_hash) != Some(leaf) {
                let what = "the record is not the one that was logged";
                return Err(self.damaged(bundle, Some(index), what).into());
            }
        }
        if entries.next().is_some() {
            let what = "it has more records than its name says";
            return Err(self.damaged(bundle, None, what).into());
        }
        drop(entries);
        Ok(bytes)
    }

    fn unreadable(&self, file: String, error: &io::Error) -> Fault {
        FaultProblem::Io { doing: "reading", file, kind: error.kind() }.at(&*self.log)
    }

    pub(super) fn damaged(&self, tile: Tile, index: Option<u64>, what: &'static str) -> Fault {
        FaultProblem::Damaged { file: tile.path(), index, what }.at(&*self.log)
    }
}

impl Tiles for Files {
    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        Ok(self.read(tile)?)
    }
}

/// Returns that part of a full tile or bundle which the partial one has.
fn head(partial: Tile, mut full: Vec<u8>) -> Vec<u8> {
    let length = match partial.level {
        Some(_) => partial.width as usize * 32,
        None => {
            let entries = journal::entries(&full).take(partial.width as usize);
            entries.map(|entry| entry.map_or(0, |entry| entry.len() + 2)).sum()
        }
    };
    full.truncate(length);
    full
}
