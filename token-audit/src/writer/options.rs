//! Sets how a log is opened.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use token_core::{Clock, SystemClock};

use super::Log;
use crate::{Checkpoint, Error, SigningKey, storage::MAX_FILE_BYTES};

/// Sets how a log is opened. [`Log::options`] makes the default options.
///
/// ```
/// # fn main() -> Result<(), token_audit::Error> {
/// # let directory = std::env::temp_dir().join(format!("token-audit-options-{}", std::process::id()));
/// use std::time::Duration;
/// use token_audit::{Log, SigningKey};
///
/// let key = SigningKey::generate("example.com/tokens")?;
/// let log = Log::options()
///     .deadline(Duration::from_secs(2)) // a slower disk is an error
///     .reserve_bytes(64 << 20)
///     .on_checkpoint(|checkpoint| println!("keep this elsewhere: {checkpoint}"))
///     .open(&directory, key)?;
/// # log.close()?;
/// # let _ = std::fs::remove_dir_all(&directory);
/// # Ok(())
/// # }
/// ```
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

/// The function that is called with each new checkpoint.
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

    /// Sets how long an append may take. After that time it fails, and further appends fail at once until the disk
    /// answers again. The default is 5 seconds.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline.min(LONGEST);
        self
    }

    /// Sets how soon a record is covered by a signed checkpoint. Until then it is durable, but an edit of it would not
    /// be found. The default is 1 second.
    pub fn checkpoint_every(mut self, interval: Duration) -> Self {
        self.checkpoint_every = interval.min(LONGEST);
        self
    }

    /// Sets the size of the journal, from 256 KiB to 64 MiB: how many bytes of records may wait for a checkpoint. The
    /// default is 4 MiB. The space is taken when the log is opened.
    pub fn journal_bytes(mut self, bytes: u64) -> Self {
        self.journal_bytes = bytes.clamp(MIN_JOURNAL_BYTES, MAX_FILE_BYTES);
        self
    }

    /// Refuses events that open a token while the disk has less than `bytes` free. Events that close a token are still
    /// taken. The default is 0.
    pub fn reserve_bytes(mut self, bytes: u64) -> Self {
        self.reserve_bytes = bytes;
        self
    }

    /// Requires that the log begins with exactly the records that this checkpoint covers, of which a copy was kept
    /// elsewhere. A log that doesn't is an older or a rewritten copy, and is not opened. The method can be called
    /// several times.
    pub fn pinned(mut self, checkpoint: Checkpoint) -> Self {
        self.pinned.push(checkpoint);
        self
    }

    /// Refuses to make a new log. A wrong path, or a directory that was emptied, then gives the error `NotFound` and
    /// does not become the beginning of a second history.
    pub fn must_exist(mut self) -> Self {
        self.must_exist = true;
        self
    }

    /// Sets the clock that gives the records their times. The default is [`SystemClock`].
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
    /// Fails with `LogLocked`, `LogDamaged`, `LogForked`, `LogFull` or `Io`; with `InvalidSignature` if another key
    /// signed the log; with `NotFound` if a log that [must exist](Self::must_exist) is missing. After an error no
    /// record, tile or checkpoint is changed.
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

/// The longest time that can be set: a century, which any clock can add to the present time.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The least size of a journal, which holds more than one entry of the greatest length.
const MIN_JOURNAL_BYTES: u64 = 256 << 10;
