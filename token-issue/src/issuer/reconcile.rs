//! Makes the revocations again that a registry has lost because it was restored from a backup.

mod apply;
mod facts;
mod report;
mod walk;

use std::{collections::BTreeSet, error, fmt, sync::Arc, time::Duration};

use token_core::{
    Clock, SystemClock, UtcDateTime,
    record::{Event, Log},
};

pub use report::{CopyReport, LogReport, ReconcileReport};

use self::{apply::Run, facts::Facts, walk::Walk};
use super::read::expired_before;
use crate::{Registry, error::Error, mint::told_actor};

/// Why a record could not be read.
type Unread = Box<dyn error::Error + Send + Sync>;

type Records<'s> = Box<dyn Iterator<Item = Result<(u64, Event), Unread>> + 's>;

/// Makes the revocations again that a registry has lost: it was restored from a backup, or a standby was promoted that was behind.
///
/// It is given the logs of the issuers, and other copies of the registry that can still be read. **A source tells nothing beyond its
/// end**, and nothing tells what stands in no source: [`ReconcileReport`] names the logs that are missing.
///
/// # How it goes
///
/// 1. It reads the logs to their end.
/// 2. It begins a history of its own: a new [`Epoch`](token_core::record::Epoch), at which running verifiers forget what they know.
/// 3. It makes the lost revocations again: a rule as one rule if a living row matches it, a token with all that descend from it. A token
///    that a log says is used up is revoked, too.
/// 4. It revokes each living token that **may be used once**, unless a copy that is the [last](Self::copy) one has it unused: a use is on
///    record some 30 seconds later, or never if the registry was lost before.
/// 5. Then, and not before, it puts `reconciled` on record, with the epoch, in each [log](Self::log) that it may write and that it has
///    read to its end. With that the issuer of this log starts again. If the run ends before, it does not.
///
/// It may be killed at any point and be run again. What is done already is not done twice.
///
/// A log has one writer: stop the issuer of each log that is given to [`log`](Self::log). Verifiers that have heard of a lost revocation
/// refuse everything until they are restarted; restart all of them afterwards.
///
/// ```
/// use std::sync::Arc;
/// use token_core::record::{InMemory, Log};
/// use token_issue::{Reconcile, Registry, registry::Memory};
///
/// let registry: Arc<dyn Registry> = Arc::new(Memory::new()); // the one that was restored
/// let log = Arc::new(InMemory::named("example.com/tokens")); // in a service: `token_audit::Log`
/// let records: Vec<_> = (0..).zip(log.events()).map(Ok::<_, token_core::Error>).collect(); // there: `Reader::records`
/// let report = Reconcile::of(registry).log(log, records).actor("alice").run()?;
/// assert!(report.is_complete());
/// println!("{report}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is done before `run`"]
pub struct Reconcile<'s> {
    registry: Arc<dyn Registry>,
    logs: Vec<Source<'s>>,
    copies: Vec<Walk>,
    once: BTreeSet<String>,
    clock: Arc<dyn Clock>,
    actor: Option<String>,
    deadline: Duration,
}

/// A log, or a copy of one.
struct Source<'s> {
    name: String,
    /// `None` for what is only read.
    log: Option<Arc<dyn Log>>,
    records: Records<'s>,
}

impl<'s> Reconcile<'s> {
    /// Makes the revocations again that this registry has lost. It must be the primary.
    pub fn of(registry: Arc<dyn Registry>) -> Self {
        Self {
            registry,
            logs: Vec::new(),
            copies: Vec::new(),
            once: BTreeSet::new(),
            clock: Arc::new(SystemClock),
            actor: None,
            deadline: DEADLINE,
        }
    }

    /// A log of an issuer that is stopped, or of a command that revokes, and all its records from the first on, each with its index. If all
    /// goes well the log has a record `reconciled` at its end, and its issuer starts again.
    ///
    /// With `token_audit`: open the log, call its `checkpoint`, and give what `Reader::records` yields.
    pub fn log<E: Into<Box<dyn error::Error + Send + Sync>>>(
        self,
        log: Arc<dyn Log>,
        records: impl IntoIterator<Item = Result<(u64, Event), E>> + 's,
    ) -> Self {
        self.source(log.name().to_owned(), Some(log), records)
    }

    /// The records of a log of this name that is only read, such as a copy from a host that is gone. Its issuer, if there is one, does
    /// not start by this run.
    pub fn copy_of_log<E: Into<Box<dyn error::Error + Send + Sync>>>(
        self,
        name: impl Into<String>,
        records: impl IntoIterator<Item = Result<(u64, Event), E>> + 's,
    ) -> Self {
        self.source(name.into(), None, records)
    }

    fn source<E: Into<Box<dyn error::Error + Send + Sync>>>(
        mut self,
        name: String,
        log: Option<Arc<dyn Log>>,
        records: impl IntoIterator<Item = Result<(u64, Event), E>> + 's,
    ) -> Self {
        let records = records.into_iter().map(|record| record.map_err(Into::into));
        self.logs.push(Source { name, log, records: Box::new(records) });
        self
    }

    /// Another copy of the registry, under a name for the report: the old primary, a standby (also one in recovery), a newer backup. It is
    /// only read, and must not be the registry itself.
    ///
    /// `is_last` says that nothing was revoked or used after it: it is the lost registry itself, and nobody could reach it any more. Say
    /// so only if you know it. Then tokens for one use that it has as unused stay alive.
    pub fn copy(
        mut self,
        name: impl Into<String>,
        registry: Arc<dyn Registry>,
        is_last: bool,
    ) -> Self {
        self.copies.push(Walk::over(name.into(), registry, is_last));
        self
    }

    /// Kinds whose tokens may be used once by the policy of today. A row says so itself if its kind was one when it was minted.
    pub fn used_once<S: Into<String>>(mut self, kinds: impl IntoIterator<Item = S>) -> Self {
        self.once.extend(kinds.into_iter().map(Into::into));
        self
    }

    /// Who does it, as the record `reconciled` has it.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(told_actor(actor.into()));
        self
    }

    /// The clock that says what has expired, instead of the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long to wait for each answer of a registry or a log; 30 seconds if nothing is said.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Does it. It blocks, and takes a statement for each 1,000 rows and one for each token that it revokes. In memory it has the id of each
    /// token whose end is on record.
    ///
    /// # Errors
    ///
    /// The registry fails, or is in recovery; a log that was to be written fails or cannot be read back. What was revoked by then stays
    /// revoked; run it again. A *source* that cannot be read to its end is no error: what it told is done, and the report says
    /// that it is not [complete](ReconcileReport::is_complete).
    pub fn run(self) -> Result<ReconcileReport, Error> {
        let expired = expired_before(&*self.clock);
        let mut facts = Vec::new();
        for source in self.logs {
            facts.push(read(source, expired)?);
        }
        Run {
            registry: &*self.registry,
            logs: facts,
            copies: self.copies,
            once: self.once,
            expired,
            actor: self.actor,
            deadline: self.deadline,
            report: ReconcileReport::default(),
        }
        .run()
    }
}

fn read(source: Source<'_>, expired: UtcDateTime) -> Result<Facts, Error> {
    let Source { name, log, records } = source;
    let mut facts = Facts::of(name, log);
    facts.read(records, expired);
    facts.check_end()?;
    Ok(facts)
}

impl fmt::Debug for Reconcile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let logs: Vec<&str> = self.logs.iter().map(|log| &*log.name).collect();
        f.debug_struct("Reconcile").field("logs", &logs).finish_non_exhaustive()
    }
}

const DEADLINE: Duration = Duration::from_secs(30);
