//! Where events are put on record.

#[cfg(feature = "std")]
use std::{
    sync::{Mutex, PoisonError},
    vec::Vec,
};

use super::Event;
use crate::Error;

/// Puts events on record.
///
/// A recorder that writes to several others (so that one may fail) hands out indexes of its own, and puts each
/// recorder's in the place of its own in [`closes`](super::Action::closes) and `opened`.
///
/// Two verbs, because a birth can wait and a death cannot: [`record`](Self::record) returns when the event is
/// durable, [`note`](Self::note) at once.
pub trait Recorder: Send + Sync {
    /// Puts the event on record. When it returns, the record is durable.
    ///
    /// # Errors
    ///
    /// The event may not be on record. What needs it must not happen.
    fn record(&self, event: Event) -> Result<Receipt, Error>;

    /// Takes the event and records it soon, for `Drop` and for exposures.
    ///
    /// Must neither wait for a device nor panic. An event that cannot be taken
    /// is lost, and counted where the next one is recorded: a token whose end
    /// is lost stays open on record, which is the safe side.
    fn note(&self, event: Event);
}

/// Proof that an event is on record. Whatever must not happen without a record takes one, by value.
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
/// A receipt says that *something* was recorded. Whoever makes one without recording, or hands one event's to
/// another, breaks the promise for himself: token-core's own births take theirs from the recorder directly.
#[derive(Debug, PartialEq, Eq)]
pub struct Receipt {
    index: Option<u64>,
}

impl Receipt {
    /// For a recorder's own use: the event is on record at `index`, if it numbers its records.
    pub const fn new(index: Option<u64>) -> Self {
        Self { index }
    }

    /// The record's place in the log.
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

/// Keeps events in memory, for tests.
#[cfg(feature = "std")]
#[derive(Debug, Default)]
pub struct InMemory {
    events: Mutex<Vec<Event>>,
}

#[cfg(feature = "std")]
impl InMemory {
    /// Without events.
    #[must_use]
    pub const fn new() -> Self {
        Self { events: Mutex::new(Vec::new()) }
    }

    /// What was recorded and noted so far, in order. The place in it is the receipt's index.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn push(&self, event: Event) -> u64 {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
        events.len() as u64 - 1
    }
}

#[cfg(feature = "std")]
impl Recorder for InMemory {
    fn record(&self, event: Event) -> Result<Receipt, Error> {
        Ok(Receipt::new(Some(self.push(event))))
    }

    fn note(&self, event: Event) {
        self.push(event);
    }
}
