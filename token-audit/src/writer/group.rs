//! Collects the records that become durable together.

use super::slot::Ticket;
use crate::{journal::Frame, record};

/// The records of one frame.
pub(super) struct Group {
    pub(super) frame: Frame,
    /// The index of the first record.
    pub(super) first: u64,
    /// For each record, the ticket of the appender that waits for it; `None` if nobody waits.
    pub(super) tickets: Vec<Option<Ticket>>,
    /// How many lost events the first record states.
    pub(super) missed: u64,
    /// Whether the first record is the log's own record of a checkpoint.
    pub(super) announces: bool,
}

impl Group {
    /// Adds a record, whose index follows that of the last one.
    pub(super) fn push(&mut self, body: &[u8], ticket: Option<Ticket>) {
        let index = self.first + self.tickets.len() as u64;
        let missed = if self.tickets.is_empty() { self.missed } else { 0 };
        self.frame.push(|bytes| record::complete(bytes, index, missed, body));
        self.tickets.push(ticket);
    }
}
