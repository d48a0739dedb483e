//! Reads a log, also while another process writes it.

mod records;

use std::{path::Path, sync::Arc};

use time::UtcDateTime;

pub use self::records::Records;
use super::{
    Checkpoint, ConsistencyProof, Filter, InclusionProof, OpenTokens, Record, ScopeUse,
    VerifyingKey, journal,
    merkle::{Proven, Tile},
    storage::{Directory, Storage},
    tiles::Files,
};
use crate::{
    Error,
    error::{Fault, FaultProblem},
};

/// Reads a log, also while its writer writes. It takes no lock and changes nothing.
///
/// Every record that it returns is proven to be under a signed checkpoint: the one that the reader found when it was
/// opened or last [refreshed](Self::refresh). Only the records of [`unsealed`](Self::unsealed) are not proven.
///
/// ```no_run
/// use token_audit::{Filter, Reader, VerifyingKey};
///
/// let key: VerifyingKey = "example.com/tokens+0c2a8f3e+AS5…".parse()?;
/// let reader = Reader::open("/var/lib/deploy/audit", &key)?;
/// for record in reader.select(Filter::default().events(["refused"])) {
///     println!("{}", record?.to_json());
/// }
/// # Ok::<(), token_audit::Error>(())
/// ```
pub struct Reader {
    files: Files,
    key: VerifyingKey,
    checkpoint: Checkpoint,
    proven: Proven<Files>,
}

impl Reader {
    /// Opens the log in `directory`, if its checkpoint is signed with `key`.
    ///
    /// # Errors
    ///
    /// Fails with `NotFound`, `InvalidSignature`, `Syntax`, `LogDamaged` or `Io`.
    pub fn open(directory: impl AsRef<Path>, key: &VerifyingKey) -> Result<Self, Error> {
        let directory = directory.as_ref();
        Self::open_on(Arc::new(Directory::new(directory)), key, directory)
    }

    /// Opens a log on files of another sort.
    pub(crate) fn open_on(
        storage: Arc<dyn Storage>,
        key: &VerifyingKey,
        name: &Path,
    ) -> Result<Self, Error> {
        let files = Files { storage, log: name.into() };
        let mut checkpoint = files.checkpoint(key)?;
        loop {
            let proven = Proven::new(checkpoint.size(), checkpoint.root(), files.clone());
            match proven.map_err(|error| error.of_log(name)) {
                Ok(proven) => return Ok(Self { files, key: key.clone(), checkpoint, proven }),
                Err(error) => {
                    // Meanwhile the writer may have gone on, and have removed tiles that this checkpoint needs.
                    let newer = files.checkpoint(key)?;
                    if newer.size() <= checkpoint.size() {
                        return Err(error);
                    }
                    checkpoint = newer;
                }
            }
        }
    }

    /// Returns the checkpoint that covers what this reader returns. Keep a copy elsewhere: it can show later that no
    /// record was removed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Reads the newest checkpoint, and checks that it continues the one before. Returns whether it is newer.
    ///
    /// # Errors
    ///
    /// Fails with `LogForked` if the checkpoint does not continue the one before; otherwise as [`open`](Self::open)
    /// does.
    pub fn refresh(&mut self) -> Result<bool, Error> {
        let newer = Self::open_on(self.files.storage.clone(), &self.key, &self.files.log)?;
        newer.check_begins_with(&self.checkpoint)?;
        let is_newer = newer.checkpoint.size() > self.checkpoint.size();
        *self = newer;
        Ok(is_newer)
    }

    /// Iterates over every record, from the first on.
    pub fn records(&self) -> Records<'_> {
        self.select(Filter::default())
    }

    /// Iterates over the records that a filter lets through.
    pub fn select(&self, filter: Filter) -> Records<'_> {
        Records::new(self, filter)
    }

    /// Returns the record at `index`.
    ///
    /// # Errors
    ///
    /// Fails with `NotFound` if the checkpoint does not cover the index, and with `LogDamaged`, `Io` or, if the entry
    /// is no record, `Syntax`.
    pub fn record(&self, index: u64) -> Result<Record, Error> {
        Record::parse(&self.entry(index)?).map_err(|error| error.of_log(&self.files.log))
    }

    /// Returns the records that are durable but not under a checkpoint yet: those that were appended in the last
    /// second, or that a crash left. If somebody edited one of them, that would not be found.
    ///
    /// # Errors
    ///
    /// Fails with `LogDamaged` or `Io`.
    pub fn unsealed(&self) -> Result<Vec<Record>, Error> {
        let bytes = self.files.journal()?;
        let sealed = self.checkpoint.size();
        let Some(contents) = journal::parse(&bytes, sealed) else {
            return Ok(Vec::new()); // The journal is just being made.
        };
        let frames = contents.frames.iter();
        let entries = frames.flat_map(|frame| (frame.index..).zip(journal::entries(frame.entries)));
        // If the writer has sealed records since, the journal no longer has the first ones, and the others do not
        // continue this checkpoint.
        let ours = entries.skip_while(|(index, _)| *index < sealed);
        let ours = (sealed..).zip(ours).take_while(|(next, (index, _))| next == index);
        let entries = ours.filter_map(|(_, (_, entry))| entry);
        entries
            .map(|entry| Record::parse(entry).map_err(|error| error.of_log(&self.files.log)))
            .collect()
    }

    /// Makes a proof that the record at `index` is in the log. Keep or send it as a `.tlog-proof` file.
    ///
    /// # Errors
    ///
    /// Fails as [`record`](Self::record) does.
    pub fn prove(&self, index: u64) -> Result<InclusionProof, Error> {
        let entry = self.entry(index)?;
        let hashes = self.proven.prove_inclusion(index).map_err(|error| self.here(error))?;
        Ok(InclusionProof::new(Some(entry), index, hashes, &self.checkpoint))
    }

    /// Makes a proof that the log still begins with the records that `old` covers, in the form that witnesses take.
    ///
    /// # Errors
    ///
    /// Fails with `LogForked` if the log does not begin with these records, and with `LogDamaged` or `Io`.
    pub fn prove_since(&self, old: &Checkpoint) -> Result<ConsistencyProof, Error> {
        self.check_begins_with(old)?;
        let hashes = self.proven.prove_consistency(old.size()).map_err(|error| self.here(error))?;
        Ok(ConsistencyProof::new(old.size(), hashes, &self.checkpoint))
    }

    /// Returns the tokens that were opened, and neither closed nor expired at `now`.
    ///
    /// # Errors
    ///
    /// Fails with `LogDamaged`, `Io` or, if an entry is no record, `Syntax`.
    pub fn open_tokens(&self, now: UtcDateTime) -> Result<OpenTokens, Error> {
        let mut open = OpenTokens::at(now);
        for record in self.records() {
            open.apply(&record?);
        }
        Ok(open)
    }

    /// Returns which scopes were granted and which were used between `since` and `until`.
    ///
    /// # Errors
    ///
    /// Fails with `LogDamaged`, `Io` or, if an entry is no record, `Syntax`.
    pub fn scope_use(&self, since: UtcDateTime, until: UtcDateTime) -> Result<ScopeUse, Error> {
        let mut found = ScopeUse::between(since, until);
        for record in self.records() {
            found.apply(&record?);
        }
        Ok(found)
    }

    pub(crate) fn key(&self) -> &VerifyingKey {
        &self.key
    }

    fn check_begins_with(&self, old: &Checkpoint) -> Result<(), Error> {
        if old.origin() != self.checkpoint.origin() {
            let what = "the older checkpoint is of another log";
            return Err(FaultProblem::InvalidSignature { what }.at(&*self.files.log).into());
        }
        let (ours, theirs) = (self.checkpoint.size(), old.size());
        let what = if let Some(what) = self.checkpoint.does_not_continue(old) {
            what
        } else if self.proven.root_at(theirs).map_err(|error| self.here(error))? != *old.root() {
            "the log does not begin with what the older checkpoint covers"
        } else {
            return Ok(());
        };
        Err(FaultProblem::Forked { what, ours, theirs }.at(&*self.files.log).into())
    }

    fn entry(&self, index: u64) -> Result<Vec<u8>, Error> {
        if index >= self.checkpoint.size() {
            return Err(self.unknown(index).into());
        }
        let (bundle, bytes) = self.bundle(index)?;
        let entry = journal::entries(&bytes).nth((index - bundle.start()) as usize).flatten();
        entry.map(Vec::from).ok_or_else(|| self.unknown(index).into())
    }

    /// Reads the bundle with the entry at `index`, and proves its entries. Returns its coordinates and its bytes.
    fn bundle(&self, index: u64) -> Result<(Tile, Vec<u8>), Error> {
        let bundle = Tile::bundle_at(index, self.checkpoint.size());
        match self.files.checked_bundle(bundle, &self.proven) {
            Ok(bytes) => Ok((bundle, bytes)),
            Err(error) => {
                // The bundle may have been replaced by a wider one since. The newer one begins with the same entries.
                let newer =
                    match Self::open_on(self.files.storage.clone(), &self.key, &self.files.log) {
                        Ok(newer) if newer.checkpoint.size() > self.checkpoint.size() => newer,
                        _ => return Err(self.here(error)),
                    };
                newer.check_begins_with(&self.checkpoint)?;
                newer.bundle(index)
            }
        }
    }

    fn here(&self, error: Error) -> Error {
        error.of_log(&self.files.log)
    }

    #[cold]
    fn unknown(&self, index: u64) -> Fault {
        let size = self.checkpoint.size();
        FaultProblem::NoRecord { index, size }.at(&*self.files.log)
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("log", &self.files.log)
            .field("size", &self.checkpoint.size())
            .finish_non_exhaustive()
    }
}
