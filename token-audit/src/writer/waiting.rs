//! The events and requests that wait for the writer.

use std::{collections::VecDeque, time::Instant};

use super::slot::Ticket;
use crate::{Checkpoint, error::Fault};

/// What waits for the writer, and the state of the writer.
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
    /// Why the log takes no more events. `None` while it takes some.
    pub(super) ended: Option<Fault>,
    /// Since when the writer has been at work. `None` while it waits.
    pub(super) busy_since: Option<Instant>,
    /// Whether an appender has waited for this work in vain.
    pub(super) is_stuck: bool,
    /// The newest checkpoint.
    pub(super) checkpoint: Option<Checkpoint>,
    /// Why the last checkpoint could not be written, if it could not.
    pub(super) unsealed: Option<Fault>,
}

/// An event on its way to the writer.
pub(super) struct Request {
    /// The body of the record, which lacks only version and index.
    pub(super) body: Vec<u8>,
    /// Whether it opens a token.
    pub(super) is_opening: bool,
    /// The ticket of the appender. `None` for an event that was noted.
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
    /// Takes the requests whose checkpoint is due once `taken` more of the events are durable.
    pub(super) fn sealing_after(&mut self, taken: usize) -> Vec<Ticket> {
        self.sealing.iter_mut().for_each(|(before, _)| *before = before.saturating_sub(taken));
        let now = self.sealing.partition_point(|(before, _)| *before == 0);
        self.sealing.drain(..now).map(|(_, ticket)| ticket).collect()
    }

    /// Whether the writer has nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.sealing.is_empty() && !self.is_closing
    }
}
