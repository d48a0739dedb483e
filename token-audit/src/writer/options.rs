//! How a log is opened.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use token_core::{Clock, SystemClock};

use super::Log;
use crate::{Checkpoint, Error, SigningKey, storage::MAX_FILE_BYTES};

/// How a log is opened: [`Log::options`].
#[must_use = "options do nothing until the log is opened"]
pub struct LogOptions {
    pub(super) deadline: Duration,
    pub(super) checkpoint_every: Duration,
    pub(super) journal_bytes: u64,
    pub(super) reserve_bytes: u64,
    pub(super) pinned: Vec<Checkpoint>,
    pub(super) must_exist: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) on_checkpoint: Option<OnCheckpoint>,
}

/// The callback for new checkpoints.
pub(super) type OnCheckpoint = Box<dyn FnMut(&Checkpoint) + Send>;

impl LogOptions {
    pub(super) fn new() -> Self {
        Self {
            deadline: Duration::from_secs(5),
            checkpoint_every: Duration::from_secs(1),
            journal_bytes: 4 << 20,
            reserve_bytes: 0,
            pinned: Vec::new(),
            must_exist: false,
            clock: Arc::new(SystemClock),
            on_checkpoint: None,
        }
    }

    /// How long an append may take. After that it fails, and so do further ones
    /// at once until the disk answers again. 5 seconds by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline.min(LONGEST);
        self
    }

    /// How soon a record is covered by a signed checkpoint. Until then it is durable, but an edit
    /// of it would not be found. 1 second by default.
    pub fn checkpoint_every(mut self, interval: Duration) -> Self {
        self.checkpoint_every = interval.min(LONGEST);
        self
    }

    /// The size of the journal, from 256 KiB to 64 MiB: how many bytes of records may wait for a checkpoint.
    /// 4 MiB by default. The space is taken when the log is opened.
    pub fn journal_bytes(mut self, bytes: u64) -> Self {
        self.journal_bytes = bytes.clamp(MIN_JOURNAL_BYTES, MAX_FILE_BYTES);
        self
    }

    /// Refuses events that open a token while the disk has less than `bytes` free. Events that
    /// close a token are still taken. 0 by default.
    pub fn reserve_bytes(mut self, bytes: u64) -> Self {
        self.reserve_bytes = bytes;
        self
    }

    /// A checkpoint of this log that was kept elsewhere. The log must begin with exactly the records that it covers:
    /// otherwise the directory is an older or a rewritten copy, and is not opened. Can be called several times.
    pub fn pinned(mut self, checkpoint: Checkpoint) -> Self {
        self.pinned.push(checkpoint);
        self
    }

    /// Refuses to make a new log. A wrong path, or a directory that was emptied, is then `NotFound`
    /// instead of the beginning of a second history.
    pub fn must_exist(mut self) -> Self {
        self.must_exist = true;
        self
    }

    /// The clock that gives the records their times. [`SystemClock`] by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Calls `call` with each new checkpoint, on the log's own thread; while the log is opened, on the
    /// thread that opens it. So `call` should only pass the checkpoint on: to a witness, to another
    /// machine, to the service's own log. It must not append to this log, since it would wait for its own
    /// thread, and must not hold a handle on the log.
    pub fn on_checkpoint(mut self, call: impl FnMut(&Checkpoint) + Send + 'static) -> Self {
        self.on_checkpoint = Some(Box::new(call));
        self
    }

    /// Opens the log in `directory`, or makes a new one there if the directory is empty or missing.
    ///
    /// Opening repairs what a crash left behind: a write that was cut short is dropped, since it was never
    /// acknowledged, and every acknowledged record is brought under a new checkpoint. Any other damage is an error.
    ///
    /// # Errors
    ///
    /// `LogLocked`, `LogDamaged`, `LogForked`, `LogFull`, `InvalidSignature` if another key signed the log, `NotFound`
    /// for a log that [must exist](Self::must_exist), `Io`. After an error no record, tile or checkpoint is changed.
    pub fn open(self, directory: impl AsRef<Path>, key: SigningKey) -> Result<Log, Error> {
        super::open(directory.as_ref(), key, self)
    }
}

impl fmt::Debug for LogOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogOptions")
            .field("deadline", &self.deadline)
            .field("checkpoint_every", &self.checkpoint_every)
            .field("journal_bytes", &self.journal_bytes)
            .field("reserve_bytes", &self.reserve_bytes)
            .finish_non_exhaustive()
    }
}

/// A century: any clock can add it to the present time.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// More than one entry of the greatest length.
const MIN_JOURNAL_BYTES: u64 = 256 << 10;
