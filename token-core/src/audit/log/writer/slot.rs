//! Where one appender waits for its record to become durable.

use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Instant,
};

use super::queue::Queue;
use crate::{Error, audit::Receipt, error::Fault};

/// What the writer found: the record's index.
pub(super) type Outcome = Result<u64, Fault>;

/// A place for one outcome.
#[derive(Default)]
pub(super) struct Slot {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    Watched(Waker),
    Done(Outcome),
}

impl Slot {
    /// Puts the outcome there and wakes whoever waits. The first outcome stays.
    pub(super) fn complete(&self, outcome: Outcome) {
        let mut state = self.lock();
        if matches!(*state, State::Done(_)) {
            return;
        }
        let before = mem::replace(&mut *state, State::Done(outcome));
        drop(state);
        self.done.notify_all();
        if let State::Watched(waker) = before {
            waker.wake();
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(*self.lock(), State::Done(_))
    }

    /// Waits until the outcome is there, or until `deadline`.
    pub(super) fn wait(&self, deadline: Instant) -> Option<Outcome> {
        let mut state = self.lock();
        loop {
            if let State::Done(outcome) = &*state {
                return Some(outcome.clone());
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            let waited = self.done.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Outcome> {
        let mut state = self.lock();
        if let State::Done(outcome) = &*state {
            return Poll::Ready(outcome.clone());
        }
        *state = State::Watched(context.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event that is on its way into the log: wait for it, or await it.
///
/// It is recorded whether or not anybody waits. Awaiting needs no particular
/// runtime, and ends with an error at the log's deadline too.
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
    /// As [`Log::append`](super::Log::append).
    pub fn wait(self) -> Result<Receipt, Error> {
        let outcome = self.slot.wait(self.deadline);
        receipt(outcome.unwrap_or_else(|| Err(self.queue.timeout())))
    }
}

impl Future for Pending {
    type Output = Result<Receipt, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = self.slot.poll(context);
        if outcome.is_pending() && !self.is_timed {
            self.is_timed = true;
            self.queue.watch(&self.slot, self.deadline);
        }
        outcome.map(receipt)
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("is_done", &self.slot.is_done()).finish_non_exhaustive()
    }
}

fn receipt(outcome: Outcome) -> Result<Receipt, Error> {
    Ok(Receipt::new(Some(outcome?)))
}
