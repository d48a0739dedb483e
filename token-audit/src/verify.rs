//! Checks whether a whole log is the log that was signed, and if not, finds out what happened to which record.

mod finding;
mod places;
mod roots;

use std::{path::Path, sync::Arc};

pub use self::finding::Finding;
use self::{places::Places, roots::Roots};
use super::{
    Checkpoint, VerifyingKey, journal,
    merkle::{Hash, Proven, TILE_WIDTH, Tile, Tiles, leaf_hash, root_over},
    record,
    storage::{Directory, Storage},
    tiles::Files,
};
use crate::{Error, error::FaultProblem};

/// Holds the result of verifying a log with [`verify`].
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "the findings say whether the log can be believed"]
pub struct Verification {
    /// The log's newest checkpoint, whose signature is valid.
    pub checkpoint: Checkpoint,
    /// How many further records are durable but not under a checkpoint. If somebody edited one of these, that would not
    /// be found.
    pub unsealed: u64,
    /// How many events were lost, according to the records: the sum of their [`missed`](crate::Record::missed). The ends
    /// of tokens are among them, so such tokens stay open on record.
    pub missed: u64,
    /// The findings, sorted by record. There are at most 1,000.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Returns whether there are no findings: every record is the one that was logged, and none is missing.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Reads a whole log and compares every byte of it with its newest checkpoint, and with older
/// checkpoints that were kept elsewhere (`pinned`).
///
/// The newest checkpoint alone shows every change by an attacker without the signing key, except one: an
/// older copy of the whole directory is intact too. Against that, and against an attacker with the key,
/// only a pinned checkpoint helps. Memory does not grow with the log.
///
/// Verify a log that has no writer at the time, or a copy: while a writer goes on, a file may be gone before
/// it is read.
///
/// ```
/// # fn main() -> Result<(), token_audit::Error> {
/// # use token_audit::{Log, SigningKey};
/// # use token_core::{TokenId, record::{Action, Event}};
/// # let directory = std::env::temp_dir().join(format!("token-core-verify-{}", std::process::id()));
/// # let key = SigningKey::generate("example.com/tokens")?;
/// # let verifying = key.verifying_key().clone();
/// # let log = Log::open(&directory, key)?;
/// # log.append(Event::new(Action::Created, "github-ci"))?;
/// let pinned = log.close()?; // kept on another machine
/// let verification = token_audit::verify(&directory, &verifying, &[pinned])?;
/// assert!(verification.is_intact());
/// # let _ = std::fs::remove_dir_all(&directory);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Fails if there is nothing to compare the log with: with `NotFound`; with `InvalidSignature` or `Syntax` for the
/// newest checkpoint; with `InvalidSignature` if a pinned checkpoint is another log's. Fails with `Io` if a file cannot
/// be read.
pub fn verify(
    directory: impl AsRef<Path>,
    key: &VerifyingKey,
    pinned: &[Checkpoint],
) -> Result<Verification, Error> {
    let directory = directory.as_ref();
    verify_on(Arc::new(Directory::new(directory)), key, pinned, directory)
}

/// Verifies a log on files of another sort.
pub(super) fn verify_on(
    storage: Arc<dyn Storage>,
    key: &VerifyingKey,
    pinned: &[Checkpoint],
    name: &Path,
) -> Result<Verification, Error> {
    let files = Files { storage, log: name.into() };
    let checkpoint = files.checkpoint(key)?;
    if pinned.iter().any(|pinned| pinned.origin() != checkpoint.origin()) {
        let what = "a pinned checkpoint is of another log";
        return Err(FaultProblem::InvalidSignature { what }.at(name).into());
    }
    let mut audit = Audit::new(&files, &checkpoint, pinned);
    audit.read_bundles()?;
    audit.check_edge();
    let unsealed = audit.read_journal();
    let missed = audit.missed;
    let findings = audit.findings();
    Ok(Verification { unsealed, missed, findings, checkpoint })
}

/// Holds the state of a verification while it runs.
struct Audit<'v> {
    files: &'v Files,
    checkpoint: &'v Checkpoint,
    /// The tree; `None` if its edge does not make the root, since then no tile can be believed.
    proven: Option<Proven<Files>>,
    places: Places,
    roots: Roots,
    /// How many events the records say were lost.
    missed: u64,
    /// The findings about damaged files.
    files_damaged: Vec<Finding>,
}

impl<'v> Audit<'v> {
    fn new(files: &'v Files, checkpoint: &'v Checkpoint, pinned: &[Checkpoint]) -> Self {
        let proven = Proven::new(checkpoint.size(), checkpoint.root(), files.clone());
        Self {
            files,
            checkpoint,
            proven: proven.ok(),
            places: Places::default(),
            roots: Roots::new(checkpoint, pinned),
            missed: 0,
            files_damaged: Vec::new(),
        }
    }

    fn read_bundles(&mut self) -> Result<(), Error> {
        let size = self.checkpoint.size();
        for first in (0..size).step_by(TILE_WIDTH as usize) {
            let bundle = Tile::bundle_at(first, size);
            let bytes = match self.files.read(bundle) {
                Ok(bytes) => bytes,
                Err(fault) if fault.is_damage() => Vec::new(),
                Err(fault) => return Err(fault.into()),
            };
            if bytes.is_empty() {
                self.damaged(bundle);
            }
            self.read_bundle(bundle, &bytes);
            if self.places.is_full() {
                break; // No finding that follows would be reported.
            }
        }
        Ok(())
    }

    fn read_bundle(&mut self, bundle: Tile, bytes: &[u8]) {
        let entries: Vec<_> = journal::entries(bytes).take(MAX_ENTRIES).collect();
        let hashes: Vec<Hash> = entries.iter().map(|entry| hash(*entry)).collect();
        let leaves = self.leaves(bundle, &hashes);
        let end = bundle.start() + u64::from(bundle.width);
        for ((index, entry), hash) in (bundle.start()..).zip(&entries).zip(&hashes) {
            let (proven, size) = (self.proven.as_ref(), self.checkpoint.size());
            let root_at = |size| proven?.root_at(size).ok();
            // If the record was edited, the root that it states is not believed.
            let place = (index - bundle.start()) as usize;
            let is_logged = leaves.as_ref().is_none_or(|leaves| leaves.get(place) == Some(hash));
            let stating = entry.filter(|_| is_logged).unwrap_or_default();
            self.missed = self.missed.saturating_add(record::missed_of(stating));
            self.roots.push(stating, hash, root_at);
            let elsewhere = |index: u64| {
                let bundle = (index < size).then(|| Tile::bundle_at(index, size))?;
                proven?.leaves(bundle).ok()?.get((index - bundle.start()) as usize).copied()
            };
            let entry = entry.unwrap_or_default();
            self.places.entry(index, end, entry, hash, leaves.as_deref(), elsewhere);
        }
        let read = bundle.start() + entries.len() as u64;
        (read..end).for_each(|index| self.places.nothing(index));
    }

    /// Returns the hashes that the bundle's entries should have, or `None` if no tile with them can be believed.
    fn leaves(&mut self, bundle: Tile, hashes: &[Hash]) -> Option<Vec<Hash>> {
        let proven = self.proven.as_ref()?;
        if let Ok(leaves) = proven.leaves(bundle) {
            return Some(leaves);
        }
        // The tile with the leaves is damaged. The tile above it shows whether the entries are damaged too.
        let over = proven.over(bundle).ok().flatten();
        proven.damaged_above(bundle).into_iter().for_each(|tile| self.damaged(tile));
        (over.is_some() && root_over(hashes) == over).then(|| hashes.to_vec())
    }

    fn damaged(&mut self, tile: Tile) {
        let finding = Finding::File { file: tile.path() };
        if self.files_damaged.len() < MAX_FINDINGS / 2 && !self.files_damaged.contains(&finding) {
            self.files_damaged.push(finding);
        }
    }

    /// Finds the damaged tiles at the edge: if the records are intact but the edge does not make the root, a tile at
    /// the edge is damaged.
    fn check_edge(&mut self) {
        self.roots.compare_signed();
        if self.proven.is_some() || !self.roots.agree() {
            return;
        }
        for tile in Tile::partial(self.checkpoint.size()).filter(|tile| tile.level.is_some()) {
            let stored = self.files.tile(tile).unwrap_or_default();
            if self.roots.edge().growing(tile) != Some(&stored) {
                self.damaged(tile);
            }
        }
    }

    fn read_journal(&mut self) -> u64 {
        let size = self.checkpoint.size();
        let bytes = self.files.journal().unwrap_or_default();
        let contents = journal::parse(&bytes, size);
        let end = contents.as_ref().and_then(|contents| Some(contents.frames.last()?.end()));
        let is_whole = contents.as_ref().is_some_and(|contents| {
            !contents.hole && contents.frames.first().is_none_or(|first| first.index <= size)
        });
        let frames = contents.iter().flat_map(|contents| &contents.frames);
        let entries = frames.flat_map(|frame| (frame.index..).zip(journal::entries(frame.entries)));
        let unsealed = entries.filter(|(index, _)| *index >= size).filter_map(|(_, entry)| entry);
        let missed = unsealed.map(record::missed_of).fold(0, u64::saturating_add);
        self.missed = self.missed.saturating_add(missed);
        if !is_whole {
            self.files_damaged.push(Finding::File { file: journal::PATH.into() });
        }
        end.unwrap_or(0).saturating_sub(size)
    }

    fn findings(self) -> Vec<Finding> {
        let (mut findings, first) = self.places.findings(self.checkpoint.size());
        // Findings about the whole log are kept, however many there are about single records.
        let whole: Vec<_> =
            self.files_damaged.into_iter().chain(self.roots.findings(first)).collect();
        findings.truncate(MAX_FINDINGS.saturating_sub(whole.len()));
        findings.extend(whole);
        findings
    }
}

fn hash(entry: Option<&[u8]>) -> Hash {
    leaf_hash(entry.unwrap_or_default())
}

const MAX_FINDINGS: usize = 1_000;

/// The most entries that are read of a bundle. It should have 256. Of a longer one only the first 512 are read, since
/// all after these are as wrong as the second half.
const MAX_ENTRIES: usize = 2 * TILE_WIDTH as usize;
