//! Implements the log: any number of threads append, one thread writes, and every answer means that the record is
//! durable.

mod commit;
mod group;
mod growth;
mod lock;
mod options;
mod pending;
mod queue;
mod recover;
mod seal;
mod slot;
mod sync;
mod tap;
#[cfg(test)]
#[path = "../tests/threads/mod.rs"]
mod threads;
mod timer;
mod waiting;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use time::UtcDateTime;
use token_core::Clock;

#[cfg(feature = "__test")]
pub(crate) use self::waiting::Sealing;
pub use self::{options::LogOptions, pending::Pending};
use self::{
    queue::Queue,
    slot::{Slot, Ticket},
    sync::thread,
    tap::Tap,
    waiting::Request,
};
use super::{
    Checkpoint, Event, Receipt, Recorder, SigningKey, VerifyingKey, record,
    storage::{Directory, Storage},
};
use crate::{Action, Error, error::FaultProblem};

/// The tamper-evident log: an append-only Merkle tree on a local directory, with signed checkpoints.
///
/// [`append`](Self::append) returns when the record is durable. Any number of threads may append; threads that append
/// at the same time share one sync. One process writes a log at a time; others can read it with a `Reader` meanwhile.
///
/// Clones are handles on the same log. The log is closed by [`close`](Self::close), or by dropping the last handle,
/// which waits until the deadline at most. Give an admission a [`recorder`](Self::recorder): it keeps the log open, and
/// dropping it never waits.
///
/// The directory has the layout of C2SP tlog-tiles and a `checkpoint` (C2SP tlog-checkpoint), so other
/// programs can read and witness it, and a `journal` in which records are durable before they are in a tile.
///
/// ```
/// # fn main() -> Result<(), token_audit::Error> {
/// # let directory = std::env::temp_dir().join(format!("token-core-doc-{}", std::process::id()));
/// use token_audit::{Log, Reader, SigningKey};
/// use token_core::{TokenId, record::{Action, Event}};
///
/// let key = SigningKey::generate("example.com/tokens")?;
/// let verifying = key.verifying_key().clone();
/// let log = Log::open(&directory, key)?;
///
/// let id = TokenId::of(b"acme_deploy_4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD0c1Kx2");
/// let event = Event::new(Action::Created, "github-ci").token(id);
/// let receipt = log.append(event)?;
/// assert_eq!(receipt.index(), Some(0));
///
/// log.close()?;
/// let reader = Reader::open(&directory, &verifying)?;
/// assert_eq!(reader.checkpoint().size(), 1);
/// # let _ = std::fs::remove_dir_all(&directory);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Log(Arc<Handle>);

struct Handle {
    queue: Arc<Queue>,
    clock: Arc<dyn Clock>,
    path: PathBuf,
    storage: Arc<dyn Storage>,
    key: VerifyingKey,
    /// Whether dropping this handle waits until the log is closed.
    waits: bool,
}

impl Handle {
    fn note(&self, event: Event) {
        match self.request(event, None) {
            Ok(request) => self.queue.push_noted(request),
            Err(_) => self.queue.miss(1),
        }
    }

    fn request(&self, event: Event, ticket: Option<Ticket>) -> Result<Request, Error> {
        // Only the log itself may record its checkpoints, since a verification believes them. A checkpoint from a
        // caller would look like a rewritten history.
        if let Action::Checkpointed { .. } = event.action {
            return Err(self.queue.fault(FaultProblem::NotYours).into());
        }
        let event = event.held_by(self.key.name());
        let body = record::body(&event, now(&*self.clock))?;
        Ok(Request { body, is_opening: event.action.is_opening(), ticket })
    }
}

impl Log {
    /// Opens the log in `directory` with the default [options](Self::options), or makes a new one there.
    ///
    /// # Errors
    ///
    /// Fails as [`LogOptions::open`] does.
    pub fn open(directory: impl AsRef<Path>, key: SigningKey) -> Result<Self, Error> {
        Self::options().open(directory, key)
    }

    /// Returns the default options, which can be changed before the log is opened.
    pub fn options() -> LogOptions {
        LogOptions::new()
    }

    /// Records an event. When this returns, the record is durable.
    ///
    /// A text that is longer than a record allows (1,024 bytes of a reason, 256 of any other) is cut, and ends with a mark
    /// such as `…[1025 bytes]`. So a text that somebody else chose, such as a header of a request, never keeps an event
    /// off the record.
    ///
    /// # Errors
    ///
    /// Fails with `Timeout` at the deadline, and at once while the disk does not answer: the event may or may not be on
    /// record. Fails with `LogBusy` if events come faster than the disk takes them: this event is not on record. Fails
    /// with `Syntax` if the event would be read back as another one, or is a checkpoint, which only the log itself puts on
    /// record. Fails with `LogFull`, `LogPoisoned`, `LogDamaged` or `LogClosed`; with `LogClosed` at once in a child that
    /// was forked from the process that opened the log.
    pub fn append(&self, event: Event) -> Result<Receipt, Error> {
        self.submit(event)?.wait()
    }

    /// Starts to record an event. Await the result, or [wait](Pending::wait) for it later.
    ///
    /// # Errors
    ///
    /// Fails as [`append`](Self::append) does, if the error is known at once.
    pub fn submit(&self, event: Event) -> Result<Pending, Error> {
        let slot = Arc::new(Slot::default());
        let deadline = Instant::now() + self.0.queue.deadline();
        self.0.queue.push(self.0.request(event, Some(Ticket::new(slot.clone())))?)?;
        Ok(Pending::new(slot, self.0.queue.clone(), deadline))
    }

    /// Brings every record up to now under a signed checkpoint, and returns the checkpoint. Blocks until the deadline
    /// at most.
    ///
    /// # Errors
    ///
    /// Fails as [`append`](Self::append) does.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let slot = Arc::new(Slot::default());
        let deadline = Instant::now() + self.0.queue.deadline();
        self.0.queue.push_sealing(Ticket::new(slot.clone()))?;
        slot.wait(deadline).unwrap_or_else(|| Err(self.0.queue.timeout()))?;
        self.newest()
    }

    /// Returns a handle on this log for [`Admission::recorder`](token_core::Admission::recorder). Dropping this handle
    /// does not wait, since the last token may drop it. If it is the last handle, the log is closed in the background;
    /// events that were noted are lost if the process ends before that.
    #[must_use]
    pub fn recorder(&self) -> Arc<dyn Recorder> {
        Arc::new(Tap::new(self.0.clone()))
    }

    /// Returns how many noted events were lost and are not counted in a record (`missed`) yet.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.0.queue.missed()
    }

    /// Checks that the log is open, answers, and could sign its last checkpoint. It is meant for a health check, and
    /// takes less than a microsecond. It does not fail if the reserve is reached, or if events were lost
    /// ([`missed`](Self::missed)).
    ///
    /// # Errors
    ///
    /// Fails as [`append`](Self::append) does.
    pub fn check(&self) -> Result<(), Error> {
        Ok(self.0.queue.check()?)
    }

    /// Records the events that wait, signs a last checkpoint over everything, and closes the log, for all handles.
    /// Blocks until the deadline at most, as dropping the last handle does: in async code, use a thread for blocking
    /// calls. Drop the tokens before: events that they note later are lost.
    ///
    /// # Errors
    ///
    /// Fails as [`append`](Self::append) does. All acknowledged records are durable nevertheless.
    pub fn close(&self) -> Result<Checkpoint, Error> {
        self.0.queue.close()?;
        self.newest()
    }

    /// Returns the log's directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    pub(super) fn storage(&self) -> Arc<dyn Storage> {
        self.0.storage.clone()
    }

    pub(super) fn key(&self) -> &VerifyingKey {
        &self.0.key
    }

    /// Returns the time for a record that is written now.
    pub(super) fn now(&self) -> UtcDateTime {
        now(&*self.0.clock)
    }

    fn newest(&self) -> Result<Checkpoint, Error> {
        let queue = &self.0.queue;
        queue.checkpoint().ok_or_else(|| queue.fault(FaultProblem::Closed).into())
    }
}

impl Recorder for Log {
    fn record(&self, event: Event) -> Result<Receipt, token_core::Error> {
        self.append(event).map_err(token_core::Error::not_recorded)
    }

    fn note(&self, event: Event) {
        self.0.note(event);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // If a waker or callback drops the last handle on the log's own thread, waiting for that thread would never
        // end.
        if self.waits && !self.queue.is_writer() {
            let _ = self.queue.close(); // A caller that needs the result has called `close`.
        } else {
            self.queue.ask_to_close();
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("path", &self.0.path).finish_non_exhaustive()
    }
}

fn open(directory: &Path, key: SigningKey, options: LogOptions) -> Result<Log, Error> {
    let storage = Directory::create(directory).map_err(|error| {
        let (doing, file) = ("making", directory.display().to_string());
        FaultProblem::Io { doing, file, kind: error.kind() }.at(directory)
    })?;
    let storage: Arc<dyn Storage> = Arc::new(storage);
    open_on(&storage, key, options, directory)
}

/// Opens a log on files of any sort.
pub(crate) fn open_on(
    storage: &Arc<dyn Storage>,
    key: SigningKey,
    options: LogOptions,
    path: &Path,
) -> Result<Log, Error> {
    let queue = Arc::new(Queue::new(path.to_owned(), options.deadline));
    let clock = options.clock.clone();
    let verifying = key.verifying_key().clone();
    let writer = recover::recover(storage, key, options, queue.clone(), path)?;
    let started = thread::Builder::new().name("audit-log".into()).spawn(|| writer.run());
    started.map_err(|error| {
        let (doing, file) = ("starting", "a thread for the log".to_owned());
        FaultProblem::Io { doing, file, kind: error.kind() }.at(path)
    })?;
    Ok(Log(Arc::new(Handle {
        queue,
        clock,
        path: path.to_owned(),
        storage: storage.clone(),
        key: verifying,
        waits: true,
    })))
}

/// Returns the time for a record. Unlike the reading of a token's clock, it is never ahead of the true time.
fn now(clock: &dyn Clock) -> UtcDateTime {
    let since_epoch = clock.wall().saturating_sub(clock.ahead_by());
    let nanos = i128::try_from(since_epoch.as_nanos()).ok();
    nanos
        .and_then(|nanos| UtcDateTime::from_unix_timestamp_nanos(nanos).ok())
        .unwrap_or(UtcDateTime::MAX)
}
