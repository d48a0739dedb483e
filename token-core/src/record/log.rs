//! Recorders whose records can be read back.

use alloc::{boxed::Box, vec::Vec};
use core::{future::Future, pin::Pin};

use super::{Epoch, Event, Receipt, Recorder};
use crate::Error;

/// A recorder whose records can be read back: an issuer puts its tokens on record here, and asks at its start what is
/// still open.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use token_core::record::{Action, Event, InMemory, Log, Recorder};
///
/// let log = InMemory::named("example.com/tokens");
/// let first = log.record(Event::new(Action::Created, "deploy"))?.index();
/// log.record(Event::new(Action::Created, "deploy"))?;
/// log.record(Event::new(Action::revoked(first), "deploy"))?;
///
/// let open: Vec<u64> = log.standing()?.open.iter().map(|opening| opening.index).collect();
/// assert_eq!(open, [1]);
/// # }
/// # Ok::<(), token_core::Error>(())
/// ```
pub trait Log: Recorder {
    /// The log's name. No other log has it: together with its name an index means one record, wherever it is kept.
    ///
    /// A log drops an [`origin`](Event::origin) that is its own name ([`Event::held_by`]), so a program may always
    /// say which log an index is of.
    fn name(&self) -> &str;

    /// Starts to put the event on record, at once. The future yields what [`record`](Recorder::record) returns, needs no
    /// particular runtime, and may be awaited on any thread. Dropping it takes nothing back: the event is recorded
    /// whether or not anybody waits.
    fn submit(&self, event: Event) -> Recording<'_>;

    /// What the log says now. It reads the whole log, so call it at a start, on a thread that may wait.
    ///
    /// It sees every record that was acknowledged before the call.
    ///
    /// # Errors
    ///
    /// [`NotReadBack`](crate::ErrorKind::NotReadBack): it is not known what is open, so an issuer must not start.
    fn standing(&self) -> Result<Standing, Error>;
}

/// An event on its way to a [`Log`].
pub type Recording<'l> = Pin<Box<dyn Future<Output = Result<Receipt, Error>> + Send + 'l>>;

/// What the records of a log say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// The openings that no record closed and that have not expired, in the order of the log.
    pub open: Vec<Opening>,
    /// The epoch of the last record that has one.
    pub epoch: Option<Epoch>,
}

/// A record that opened a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opening {
    /// The record's place in the log.
    pub index: u64,
    /// What it says.
    pub event: Event,
}

impl Standing {
    /// A log with these open tokens, and the epoch of the last record that has one. Only logs make one.
    #[must_use]
    pub const fn new(open: Vec<Opening>, epoch: Option<Epoch>) -> Self {
        Self { open, epoch }
    }
}

impl Opening {
    /// The record `index` opened a token with this event.
    #[must_use]
    pub const fn new(index: u64, event: Event) -> Self {
        Self { index, event }
    }
}
