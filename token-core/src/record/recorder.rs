//! Where events are put on record.

use super::Event;
use crate::Error;

/// Puts events on record.
///
/// A recorder that passes events on to several others, so that one of them may fail, gives out indexes of its
/// own. Before it passes an event on, it replaces them in [`closes`](super::Action::closes), `opened` and
/// `parent` by those of the other recorder.
///
/// It has two methods, because an admission can wait for a disk and a drop cannot: [`record`](Self::record)
/// returns when the event is durable, [`note`](Self::note) returns at once.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use token_core::{Error, record::{Event, InMemory, Receipt, Recorder}};
///
/// /// Also tells the service's own log.
/// struct Told(InMemory);
///
/// impl Recorder for Told {
///     fn record(&self, event: Event) -> Result<Receipt, Error> {
///         println!("{event:?}");
///         self.0.record(event)
///     }
///     fn note(&self, event: Event) {
///         self.0.note(event);
///     }
/// }
/// # }
/// ```
pub trait Recorder: Send + Sync {
    /// Puts the event on record. When it returns, the record is durable.
    ///
    /// # Errors
    ///
    /// The event may not be on record, so whatever needs its record must not happen.
    fn record(&self, event: Event) -> Result<Receipt, Error>;

    /// Takes the event and records it soon. `Drop` and exposures call it.
    ///
    /// Must neither wait for a device nor panic. An event that cannot be taken is lost, and the next
    /// record counts it. A token whose end is lost stays open on record, which is the safe side.
    fn note(&self, event: Event);
}

/// Proof that an event is on record. A function that must not run without a record takes one by value.
///
/// ```compile_fail,E0382
/// # use token_core::{Error, record::{Action, Discard, Event, Receipt, Recorder}};
/// fn release(receipt: Receipt) { /* … */ }
///
/// # fn main() -> Result<(), Error> {
/// let receipt = Discard.record(Event::new(Action::Created, "github-ci"))?;
/// release(receipt);
/// release(receipt); // one record, one release
/// # Ok(())
/// # }
/// ```
///
/// A receipt says that *some* event was recorded. A program that makes one without recording, or uses one
/// event's receipt for another event, breaks only its own promise: token-core takes the receipts of its
/// admissions from the recorder directly.
#[derive(Debug, PartialEq, Eq)]
pub struct Receipt {
    index: Option<u64>,
}

impl Receipt {
    /// The receipt of an event that is on record, at `index` if the recorder numbers its records.
    /// Only recorders make one.
    pub const fn new(index: Option<u64>) -> Self {
        Self { index }
    }

    /// The record's place in the log. `None` if the recorder does not number its records.
    #[must_use]
    pub const fn index(&self) -> Option<u64> {
        self.index
    }
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Recorder for Discard {
    fn record(&self, _: Event) -> Result<Receipt, Error> {
        Ok(Receipt::new(None))
    }

    fn note(&self, _: Event) {}
}
