//! Lets one appender wait for its record to become durable.

use std::{
    mem,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, PoisonError},
    task::{Context, Poll, Waker},
    time::Instant,
};

use super::sync::{Condvar, Mutex, MutexGuard};
use crate::error::{Fault, FaultProblem};

/// The writer's answer: the record's index, or the reason why there is no record.
pub(super) type Outcome = Result<u64, Fault>;

/// A place in which one outcome is stored once.
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
    /// Stores the outcome, and wakes the appender. Only the first outcome is stored.
    pub(super) fn complete(&self, outcome: Outcome) {
        let mut state = self.lock();
        if matches!(*state, State::Done(_)) {
            return;
        }
        let before = mem::replace(&mut *state, State::Done(outcome));
        drop(state);
        self.done.notify_all();
        if let State::Watched(waker) = before {
            // A waker is foreign code that may panic. Other appenders wait for this thread too, so the panic is caught.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }

    /// Ends the wait with `outcome`, unless the writer answered before. Returns the outcome that is stored then.
    pub(super) fn give_up(&self, outcome: Outcome) -> Outcome {
        self.complete(outcome.clone());
        match &*self.lock() {
            State::Done(outcome) => outcome.clone(),
            State::Waiting | State::Watched(_) => outcome,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(*self.lock(), State::Done(_))
    }

    /// Waits for the outcome, and returns it. Returns `None` at `deadline`.
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

    /// Returns the outcome if it is there. Otherwise the waker is called when it comes.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Outcome> {
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

/// The writer's end of a slot. Dropping it without an answer completes the slot with an error.
pub(super) struct Ticket(Option<Arc<Slot>>);

impl Ticket {
    pub(super) fn new(slot: Arc<Slot>) -> Self {
        Self(Some(slot))
    }

    pub(super) fn complete(mut self, outcome: Outcome) {
        if let Some(slot) = self.0.take() {
            slot.complete(outcome);
        }
    }

    /// Returns whether the appender has given up.
    pub(super) fn is_void(&self) -> bool {
        self.0.as_ref().is_none_or(|slot| slot.is_done())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            let what = "the log's own thread";
            slot.complete(Err(FaultProblem::Panicked { what }.alone()));
        }
    }
}
