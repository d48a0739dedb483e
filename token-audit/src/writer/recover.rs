//! Opens a log: reads its files, and checks that they agree.

use std::{collections::BTreeSet, io, path::Path, sync::Arc};

use super::{
    commit::Writer,
    growth::Growth,
    lock::Locked,
    options::LogOptions,
    queue::Queue,
    seal::{Sealer, failed, poisoned, put_checkpoint},
};
use crate::{
    Checkpoint, Error, Record, SigningKey,
    error::{Fault, FaultProblem},
    journal::{self, Chain, HEADER},
    merkle::{EMPTY_ROOT, Edge, Proven, TILE_WIDTH, Tile, leaf_hash},
    session::Session,
    storage::{Storage, StoredFile},
    tiles::{CHECKPOINT, Files},
};

/// Opens the files of a log, or makes them, and repairs what a crash left behind.
pub(super) fn recover(
    storage: &Arc<dyn Storage>,
    key: SigningKey,
    options: LogOptions,
    queue: Arc<Queue>,
    name: &Path,
) -> Result<Writer, Error> {
    let opening = Opening { storage, name, key: &key, pinned: &options.pinned };
    let is_new = opening.checkpoint()?.is_none();
    if is_new && options.must_exist {
        return Err(FaultProblem::NotFound.at(name).into());
    }
    let Locked { lock, mut journal } = opening.lock(is_new)?;
    // The checkpoint is read again, since another writer may have gone on before this process had the lock.
    let found = match opening.checkpoint()? {
        Some(checkpoint) => opening.existing(checkpoint, &mut *journal)?,
        None => opening.new_log(&mut *journal)?,
    };
    let capacity = opening.lengthen(&mut *journal, options.journal_bytes)?;
    if found.is_new {
        let put = put_checkpoint(&**opening.storage, &found.checkpoint);
        put.map_err(|problem| problem.at(name))?;
    }
    queue.sealed(Ok(found.checkpoint.clone()));
    let chain = Chain::after(&found.checkpoint, &key);
    let on_checkpoint = options.on_checkpoint;
    let mut writer = Writer {
        clock: options.clock,
        sealer: Sealer {
            storage: storage.clone(),
            key,
            checkpoint: found.checkpoint,
            session: found.session,
            durable: BTreeSet::new(),
            on_checkpoint,
        },
        growth: found.growth,
        chain,
        _lock: lock,
        journal,
        offset: HEADER.len() as u64,
        capacity,
        reserve: options.reserve_bytes,
        checkpoint_every: options.checkpoint_every,
        seal_at: None,
        unannounced: false,
        answered: 0,
        buffer: Vec::new(),
        queue,
    };
    // The records that only the journal has must come under a checkpoint before the journal is overwritten. And the mark
    // of this session must be durable before the first frame.
    writer.seal().map_err(|problem| problem.at(name))?;
    // Stray files are removed only now, so that a log that cannot be opened stays as it is.
    remove_strays(&*writer.sealer.storage, writer.sealer.checkpoint.size());
    Ok(writer)
}

pub(super) struct Opening<'o> {
    pub(super) storage: &'o Arc<dyn Storage>,
    pub(super) name: &'o Path,
    key: &'o SigningKey,
    pinned: &'o [Checkpoint],
}

struct Found {
    checkpoint: Checkpoint,
    growth: Growth,
    /// The session that begins.
    session: Session,
    is_new: bool,
}

impl Opening<'_> {
    fn checkpoint(&self) -> Result<Option<Checkpoint>, Error> {
        let text = match self.storage.read(CHECKPOINT) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.check_nothing_is_pinned()?;
                return Ok(None);
            }
            Err(error) => return Err(self.io("reading", CHECKPOINT, &error).into()),
        };
        Checkpoint::parse_exactly(&text, self.key.verifying_key())
            .map(Some)
            .map_err(|error| error.of_log(self.name))
    }

    fn check_nothing_is_pinned(&self) -> Result<(), Fault> {
        match self.pinned.iter().map(Checkpoint::size).max() {
            Some(theirs) if theirs > 0 => Err(self.forked("the log is gone", 0, theirs)),
            _ => Ok(()),
        }
    }

    /// Makes a new log. A log without a checkpoint has never acknowledged a record, so it is an error if it has records
    /// or tiles.
    fn new_log(&self, journal: &mut dyn StoredFile) -> Result<Found, Error> {
        let bytes = journal.read().map_err(|error| self.io("reading", journal::PATH, &error))?;
        let has_frames = journal::parse(&bytes, 0)
            .is_some_and(|contents| contents.hole || !contents.frames.is_empty());
        let tiles = self.storage.list("tile").map_err(|error| error.kind());
        if has_frames || tiles != Err(io::ErrorKind::NotFound) {
            return Err(self.damaged(CHECKPOINT, None, "it is missing").into());
        }
        let session = Session::first()?;
        let checkpoint = Checkpoint::sign(self.key, 0, &EMPTY_ROOT, Some(session))?;
        let started = journal.set_len(0).and_then(|()| journal.write_at(0, &HEADER));
        started.map_err(|error| failed("writing the journal", &error).at(self.name))?;
        let growth = Growth::new(Edge::default(), Vec::new());
        Ok(Found { checkpoint, growth, session, is_new: true })
    }

    fn existing(
        &self,
        checkpoint: Checkpoint,
        journal: &mut dyn StoredFile,
    ) -> Result<Found, Error> {
        let files = Files { storage: self.storage.clone(), log: self.name.into() };
        let size = checkpoint.size();
        let proven = Proven::new(size, checkpoint.root(), files.clone())
            .map_err(|error| error.of_log(self.name))?;
        self.check_pinned(&checkpoint, &proven)?;
        let bundle = match size % TILE_WIDTH {
            0 => Vec::new(),
            _ => files.checked_bundle(Tile::bundle_at(size - 1, size), &proven)?,
        };
        let mut growth = Growth::new(proven.edge(), bundle);
        let bytes = journal.read().map_err(|error| self.io("reading", journal::PATH, &error))?;
        self.replay(&bytes, &checkpoint, &proven, &mut growth)?;
        let session = checkpoint.session().ok_or_else(|| {
            let what = "it does not say in which session it was signed";
            self.damaged(CHECKPOINT, None, what)
        })?;
        Ok(Found { session: session.next()?, checkpoint, growth, is_new: false })
    }

    fn check_pinned(&self, ours: &Checkpoint, proven: &Proven<Files>) -> Result<(), Error> {
        for theirs in self.pinned {
            if theirs.origin() != ours.origin() {
                let what = "a pinned checkpoint is of another log";
                return Err(FaultProblem::InvalidSignature { what }.at(self.name).into());
            }
            if let Some(what) = ours.does_not_continue(theirs) {
                return Err(self.forked(what, ours.size(), theirs.size()).into());
            }
            if proven.root_at(theirs.size())? != *theirs.root() {
                let what = "the log does not begin with what the pinned checkpoint covers";
                return Err(self.forked(what, ours.size(), theirs.size()).into());
            }
        }
        Ok(())
    }

    /// Appends the records that only the journal has, and checks those that are in the tiles too.
    fn replay(
        &self,
        journal: &[u8],
        checkpoint: &Checkpoint,
        proven: &Proven<Files>,
        growth: &mut Growth,
    ) -> Result<(), Error> {
        let sealed = growth.size();
        let mut chain = Chain::after(checkpoint, self.key);
        let Some(contents) = journal::parse(journal, sealed) else {
            return Err(self.damaged(journal::PATH, None, "it does not begin as a journal").into());
        };
        for frame in &contents.frames {
            // The tree has the records of a frame that was sealed, so they are compared with the tree. Its code may be
            // that of an earlier session.
            if frame.index >= sealed || frame.end() > sealed {
                let code = chain.check(frame).ok_or_else(|| {
                    let what = "somebody without the log's key wrote it, or it is of another session or another log";
                    self.damaged(journal::PATH, Some(frame.index), what)
                })?;
                chain.advance(code);
            }
            for (index, entry) in (frame.index..).zip(journal::entries(frame.entries).flatten()) {
                self.replay_entry(index, entry, proven, growth, sealed)?;
            }
        }
        match contents.hole {
            true => {
                let what = "a later record is whole";
                Err(self.damaged(journal::PATH, Some(growth.size()), what).into())
            }
            false => Ok(()),
        }
    }

    fn replay_entry(
        &self,
        index: u64,
        entry: &[u8],
        proven: &Proven<Files>,
        growth: &mut Growth,
        sealed: u64,
    ) -> Result<(), Error> {
        if index < sealed {
            let bundle = Tile::bundle_at(index, sealed);
            let leaves = proven.leaves(bundle)?;
            let known = leaves.get((index - bundle.start()) as usize);
            if known != Some(&leaf_hash(entry)) {
                let what = "the journal and the tiles have different records";
                return Err(self.damaged(journal::PATH, Some(index), what).into());
            }
        } else if index == growth.size() && is_record(entry, index) {
            growth.push(entry);
        } else {
            let what = "it is not the record that should follow";
            return Err(self.damaged(journal::PATH, Some(index), what).into());
        }
        Ok(())
    }

    /// Takes the journal's space on the disk, so that no append needs more. Returns the journal's length.
    fn lengthen(&self, journal: &mut dyn StoredFile, capacity: u64) -> Result<u64, Fault> {
        let len =
            journal.read().map_err(|error| self.io("reading", journal::PATH, &error))?.len() as u64;
        let missing = vec![0; usize::try_from(capacity.saturating_sub(len)).unwrap_or(0)];
        let written = journal.write_at(len, &missing);
        if let Err(error) = written {
            // If this fails, a full disk must not be left fuller than before.
            let _ = journal.set_len(len);
            return Err(failed("writing the journal", &error).at(self.name));
        }
        let synced = journal.sync().and_then(|()| self.storage.sync_directory(""));
        synced.map_err(|error| poisoned("syncing the journal", error.kind()).at(self.name))?;
        Ok(capacity.max(len))
    }

    pub(super) fn io(&self, doing: &'static str, file: &str, error: &io::Error) -> Fault {
        FaultProblem::Io { doing, file: file.to_owned(), kind: error.kind() }.at(self.name)
    }

    pub(super) fn damaged(&self, file: &str, index: Option<u64>, what: &'static str) -> Fault {
        FaultProblem::Damaged { file: file.to_owned(), index, what }.at(self.name)
    }

    fn forked(&self, what: &'static str, ours: u64, theirs: u64) -> Fault {
        FaultProblem::Forked { what, ours, theirs }.at(self.name)
    }
}

/// Returns whether an entry is a record with this index. An entry that is no record would stay in the log for ever.
fn is_record(entry: &[u8], index: u64) -> bool {
    Record::parse(entry).is_ok_and(|record| record.index == index)
}

/// Removes partial tiles that a crash kept from being removed. Nothing reads them, so they only take space.
fn remove_strays(storage: &dyn Storage, size: u64) {
    let is_width = |name: &str| name.len() <= 3 && name.bytes().all(|byte| byte.is_ascii_digit());
    for tile in Tile::partial(size) {
        let path = tile.path();
        let Some((directory, kept)) = path.rsplit_once('/') else { continue };
        let names = storage.list(directory).unwrap_or_default();
        for name in names.iter().filter(|name| *name != kept && is_width(name)) {
            let _ = storage.remove(&format!("{directory}/{name}"));
        }
    }
}
