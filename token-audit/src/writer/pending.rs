//! Holds an event until its record is durable.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use super::{
    queue::Queue,
    slot::{Outcome, Slot},
};
use crate::{Error, Receipt};

/// An event that the log is recording. Wait for it, or await it.
///
/// The event is recorded whether or not its appender waits. Awaiting needs no particular runtime, and ends with an
/// error at the log's deadline, as waiting does.
#[must_use = "the event is on record only once this has ended well"]
pub struct Pending {
    slot: Arc<Slot>,
    queue: Arc<Queue>,
    deadline: Instant,
    is_timed: bool,
}

impl Pending {
    pub(super) fn new(slot: Arc<Slot>, queue: Arc<Queue>, deadline: Instant) -> Self {
        Self { slot, queue, deadline, is_timed: false }
    }

    /// Blocks until the record is durable.
    ///
    /// # Errors
    ///
    /// Fails as [`Log::append`](super::Log::append) does.
    pub fn wait(self) -> Result<Receipt, Error> {
        self.queue.check_process()?;
        let outcome = self.slot.wait(self.deadline);
        receipt(outcome.unwrap_or_else(|| self.slot.give_up(Err(self.queue.waited_in_vain()))))
    }
}

impl Future for Pending {
    type Output = Result<Receipt, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.queue.check_process()?;
        let outcome = self.slot.poll(context);
        if outcome.is_pending() && !self.is_timed {
            self.is_timed = true;
            self.queue.watch(&self.slot, self.deadline);
        }
        outcome.map(receipt)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("is_done", &self.slot.is_done()).finish_non_exhaustive()
    }
}

fn receipt(outcome: Outcome) -> Result<Receipt, Error> {
    Ok(Receipt::new(Some(outcome?)))
}
