//! Holds the events and requests that wait for the writer.

use std::{collections::VecDeque, time::Instant};

use super::slot::Ticket;
use crate::{Checkpoint, error::Fault};

/// Holds what waits for the writer, and the state of the writer.
#[derive(Default)]
pub(super) struct State {
    pub(super) waiting: VecDeque<Request>,
    /// The total length of the bodies in `waiting`.
    pub(super) waiting_bytes: usize,
    /// How many events were lost and are not counted in a record yet.
    pub(super) missed: u64,
    /// The requests for a checkpoint, each with the number of events in `waiting` that the checkpoint must cover.
    pub(super) sealing: VecDeque<(usize, Ticket)>,
    pub(super) is_closing: bool,
    /// The reason why the log takes no more events; `None` while it takes some.
    pub(super) ended: Option<Fault>,
    /// The time since which the writer has been at work; `None` while it waits.
    pub(super) busy_since: Option<Instant>,
    /// Whether an appender waited in vain for the work that the writer is doing now.
    pub(super) is_stuck: bool,
    /// The newest checkpoint.
    pub(super) checkpoint: Option<Checkpoint>,
    /// The reason why the last checkpoint could not be written; `None` if it was written.
    pub(super) unsealed: Option<Fault>,
}

/// An event on its way to the writer.
pub(super) struct Request {
    /// The body of the record, in which only version and index are missing.
    pub(super) body: Vec<u8>,
    /// Whether the event opens a token.
    pub(super) is_opening: bool,
    /// The ticket of the appender; `None` for an event that was noted.
    pub(super) ticket: Option<Ticket>,
}

/// What the writer does next.
#[derive(Default)]
pub(super) struct Work {
    pub(super) requests: VecDeque<Request>,
    pub(super) missed: u64,
    pub(super) sealing: Vec<Ticket>,
    pub(super) is_closing: bool,
}

impl State {
    /// Takes those requests for a checkpoint that are due once `taken` more of the events are durable.
    pub(super) fn sealing_after(&mut self, taken: usize) -> Vec<Ticket> {
        self.sealing.iter_mut().for_each(|(before, _)| *before = before.saturating_sub(taken));
        let now = self.sealing.partition_point(|(before, _)| *before == 0);
        self.sealing.drain(..now).map(|(_, ticket)| ticket).collect()
    }

    /// Returns whether the writer has nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.sealing.is_empty() && !self.is_closing
    }
}

/// A checkpoint that was asked for.
#[cfg(feature = "__test")]
pub(crate) struct Sealing(std::sync::Arc<super::slot::Slot>);

#[cfg(feature = "__test")]
impl Sealing {
    pub(crate) fn outcome(&self) -> Option<Result<u64, crate::Error>> {
        self.0.wait(Instant::now()).map(|outcome| Ok(outcome?))
    }
}

#[cfg(feature = "__test")]
impl super::Log {
    pub(crate) fn ask_to_seal(&self) -> Result<Sealing, crate::Error> {
        let slot = std::sync::Arc::<super::slot::Slot>::default();
        self.0.queue.push_sealing(Ticket::new(slot.clone()))?;
        Ok(Sealing(slot))
    }
}
