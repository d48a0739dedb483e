//! The records that become durable together.

use super::slot::Ticket;
use crate::{journal::Frame, record};

/// The records of one frame.
pub(super) struct Group {
    pub(super) frame: Frame,
    /// The index of the first.
    pub(super) first: u64,
    /// Who waits for each.
    pub(super) tickets: Vec<Option<Ticket>>,
    /// What the first one says of events that were lost.
    pub(super) missed: u64,
    /// Whether the first one is the log's own, about a checkpoint.
    pub(super) announces: bool,
}

impl Group {
    /// Adds a record, whose index follows the last one's.
    pub(super) fn push(&mut self, body: &[u8], ticket: Option<Ticket>) {
        let index = self.first + self.tickets.len() as u64;
        let missed = if self.tickets.is_empty() { self.missed } else { 0 };
        self.frame.push(|bytes| record::complete(bytes, index, missed, body));
        self.tickets.push(ticket);
    }
}
