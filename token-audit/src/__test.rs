//! Gives this crate's own tests access to private items: trees in memory, proofs made of them, and logs on files that
//! fail. It is not part of the public interface.

use std::{path::Path, sync::Arc};

use time::UtcDateTime;

use super::{
    Checkpoint, ConsistencyProof, Event, InclusionProof, Log, LogOptions, Reader, SigningKey,
    Verification, VerifyingKey,
    journal::Chain,
    merkle::{self, Edge, Proven, Tile, Tiles},
    record,
    storage::Directory,
    writer,
};
use crate::{Error, error::FaultProblem};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A whole tree in memory.
#[derive(Default)]
pub struct Tree {
    edge: Edge,
    full: Vec<(Tile, Vec<u8>)>,
}

impl Tree {
    /// Appends an entry.
    pub fn push(&mut self, entry: &[u8]) {
        self.edge.push(&merkle::leaf_hash(entry));
        self.full.extend(self.edge.take_full());
    }

    /// Returns the root of all entries, as a writer computes it.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// Returns the root of the first `size` entries, as a reader computes it.
    pub fn root_at(&self, size: u64) -> Result<Hash, Error> {
        self.proven(self.edge.size())?.root_at(size)
    }

    /// Returns the proof that the entry at `index` is among the first `size`.
    pub fn prove_inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
        self.proven(size)?.prove_inclusion(index)
    }

    /// Returns the proof that the first `old_size` entries are among the first `size`.
    pub fn prove_consistency(&self, old_size: u64, size: u64) -> Result<Vec<Hash>, Error> {
        self.proven(size)?.prove_consistency(old_size)
    }

    /// Returns the paths and data of the tiles at the right edge of a log that has the first `size` entries.
    pub fn partial_tiles(&self, size: u64) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let tiles = Tile::partial(size).filter(|tile| tile.level.is_some());
        tiles.map(|tile| Ok((tile.path(), self.tile(tile)?))).collect()
    }

    fn proven(&self, size: u64) -> Result<Proven<&Self>, Error> {
        let all = self.edge.size();
        let root = match size == all {
            true => self.root(),
            false => Proven::new(all, &self.root(), self)?.root_at(size)?,
        };
        Proven::new(size, &root, self)
    }
}

impl Tiles for Tree {
    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        let same = |other: &Tile| (other.level, other.index) == (tile.level, tile.index);
        let full = self.full.iter().find(|(other, _)| same(other)).map(|(_, data)| &**data);
        let widest = || Tile::partial(self.edge.size()).find(|other| same(other));
        let data = full.or_else(|| self.edge.growing(widest()?));
        let len = tile.width as usize * size_of::<Hash>();
        let data = data.and_then(|data| data.get(..len));
        data.map(Vec::from).ok_or_else(|| FaultProblem::NotFound.alone().into())
    }
}

/// Returns the hash of an entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    merkle::leaf_hash(entry)
}

/// Returns whether `proof` shows that the entry is under the root.
#[must_use]
pub fn check_inclusion(proof: &[Hash], size: u64, root: &Hash, index: u64, leaf: &Hash) -> bool {
    merkle::check_inclusion(proof, size, root, index, leaf)
}

/// Returns whether `proof` shows that the new tree begins with the old one.
#[must_use]
pub fn check_consistency(proof: &[Hash], old: (u64, &Hash), new: (u64, &Hash)) -> bool {
    merkle::check_consistency(proof, old.0, old.1, new.0, new.1)
}

/// Signs a checkpoint that says nothing of a session.
pub fn sign(key: &SigningKey, size: u64, root: &Hash) -> Result<Checkpoint, Error> {
    Checkpoint::sign(key, size, root, None)
}

/// Makes an inclusion proof as a reader does.
#[must_use]
pub fn inclusion(
    record: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: &Checkpoint,
) -> InclusionProof {
    InclusionProof::new(record, index, hashes, checkpoint)
}

/// Makes a consistency proof as a reader does.
#[must_use]
pub fn consistency(old: u64, hashes: Vec<Hash>, checkpoint: &Checkpoint) -> ConsistencyProof {
    ConsistencyProof::new(old, hashes, checkpoint)
}

/// Writes the body of a record, which is the part that a caller's thread writes.
pub fn body(event: &Event, time: UtcDateTime) -> Result<Vec<u8>, Error> {
    record::body(event, time)
}

/// Appends to `out` the record whose body is given.
pub fn complete(out: &mut Vec<u8>, index: u64, missed: u64, body: &[u8]) {
    record::complete(out, index, missed, body);
}

/// Returns the first index that an entry states, or `None` if it states none.
#[must_use]
pub fn index_of(entry: &[u8]) -> Option<u64> {
    record::index_of(entry)
}

pub use super::storage::{Storage, StoredFile};

/// Opens a log on files of another sort, such as ones that fail.
#[expect(clippy::needless_pass_by_value, reason = "as the other doors")]
pub fn open_on(
    storage: Arc<dyn Storage>,
    key: SigningKey,
    options: LogOptions,
) -> Result<Log, Error> {
    writer::open_on(&storage, key, options, Path::new("test"))
}

/// Asks for a checkpoint over all events up to now, and does not wait for it.
pub fn ask_to_seal(log: &Log) -> Result<Sealing, Error> {
    log.ask_to_seal().map(Sealing)
}

/// The answer to that, which may be still to come.
pub struct Sealing(writer::Sealing);

impl Sealing {
    /// Returns how many records are under the checkpoint, once it is there.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<u64, Error>> {
        self.0.outcome()
    }
}

/// Opens a reader of a log on files of another sort.
pub fn read_on(storage: Arc<dyn Storage>, key: &VerifyingKey) -> Result<Reader, Error> {
    Reader::open_on(storage, key, Path::new("test"))
}

/// Makes the storage for files in a directory of the file system.
#[must_use]
pub fn directory(path: &Path) -> Arc<dyn Storage> {
    Arc::new(Directory::new(path))
}

/// Verifies a log on files of another sort.
pub fn verify_on(
    storage: Arc<dyn Storage>,
    key: &VerifyingKey,
    pinned: &[Checkpoint],
) -> Result<Verification, Error> {
    super::verify::verify_on(storage, key, pinned, Path::new("test"))
}

/// Returns the code of the first frame of the journal after a checkpoint, made with the log's key.
#[must_use]
pub fn frame_code(key: &SigningKey, after: &Checkpoint, index: u64, entries: &[u8]) -> [u8; 16] {
    Chain::after(after, key).code(index, entries).short()
}
