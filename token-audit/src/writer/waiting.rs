//! What waits for the writer.

use std::{collections::VecDeque, time::Instant};

use super::slot::Ticket;
use crate::{Checkpoint, error::Fault};

/// What waits, and how the writer is.
#[derive(Default)]
pub(super) struct State {
    pub(super) waiting: VecDeque<Request>,
    /// The length of their bodies.
    pub(super) waiting_bytes: usize,
    /// How many events were lost since somebody put that on record.
    pub(super) missed: u64,
    /// Who waits for a checkpoint, and how many events must be taken from `waiting` before it is theirs.
    pub(super) sealing: VecDeque<(usize, Ticket)>,
    pub(super) is_closing: bool,
    /// Why nothing is taken any more.
    pub(super) ended: Option<Fault>,
    /// Since when the writer has been at work, if it is.
    pub(super) busy_since: Option<Instant>,
    /// Whether somebody has waited for that in vain.
    pub(super) is_stuck: bool,
    /// The newest checkpoint.
    pub(super) checkpoint: Option<Checkpoint>,
    /// Why the last one could not be written.
    pub(super) unsealed: Option<Fault>,
}

/// An event on its way.
pub(super) struct Request {
    /// The record but for its index.
    pub(super) body: Vec<u8>,
    /// Whether it opens a token.
    pub(super) is_opening: bool,
    /// Who waits for it; nobody for an event that was noted.
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
    /// Who gets a checkpoint once `taken` more of the events are durable.
    pub(super) fn sealing_after(&mut self, taken: usize) -> Vec<Ticket> {
        self.sealing.iter_mut().for_each(|(before, _)| *before = before.saturating_sub(taken));
        let now = self.sealing.partition_point(|(before, _)| *before == 0);
        self.sealing.drain(..now).map(|(_, ticket)| ticket).collect()
    }

    /// Whether there is nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.sealing.is_empty() && !self.is_closing
    }
}
