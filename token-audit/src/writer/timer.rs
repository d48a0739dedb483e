//! Ends the waits of appenders that await, since a future cannot look at the clock while it is not polled.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, Weak},
    time::Instant,
};

use super::{
    slot::{Outcome, Slot},
    sync::{Condvar, Mutex, MutexGuard, thread},
};

/// A thread that sleeps until the next deadline. It is started for the first appender that awaits.
#[derive(Default)]
pub(super) struct Timer {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_running: bool,
    has_ended: bool,
    /// The waits, sorted by their deadlines, which is nearly the order in which they come.
    waits: VecDeque<(Instant, Weak<Slot>, Outcome)>,
}

impl Timer {
    /// Completes `slot` with `outcome` at `deadline`, unless it is completed before. Returns `false` if no thread can
    /// be started.
    pub(super) fn watch(&self, slot: &Arc<Slot>, deadline: Instant, outcome: &Outcome) -> bool {
        let mut state = self.shared.lock();
        state.forget_ended();
        let place = state.waits.partition_point(|(other, ..)| *other <= deadline);
        state.waits.insert(place, (deadline, Arc::downgrade(slot), outcome.clone()));
        if !state.is_running {
            let shared = self.shared.clone();
            let started =
                thread::Builder::new().name("audit-deadline".into()).spawn(move || shared.run());
            state.is_running = started.is_ok();
        }
        self.shared.changed.notify_one();
        state.is_running
    }
}

impl Shared {
    fn run(&self) {
        let mut state = self.lock();
        while !state.has_ended {
            state.forget_ended();
            let Some((deadline, ..)) = state.waits.front() else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let expired = state.waits.pop_front();
                // The lock must be free, since `complete` calls a waker, which may poll and call `watch` at once.
                drop(state);
                if let Some((slot, outcome)) =
                    expired.and_then(|(_, slot, outcome)| Some((slot.upgrade()?, outcome)))
                {
                    slot.complete(outcome);
                }
                state = self.lock();
            } else {
                let waited = self.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets waits that have ended, so that a busy log does not keep them until their deadlines.
    fn forget_ended(&mut self) {
        let is_over = |slot: &Weak<Slot>| slot.upgrade().is_none_or(|slot| slot.is_done());
        while self.waits.front().is_some_and(|(_, slot, _)| is_over(slot)) {
            self.waits.pop_front();
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.shared.lock().has_ended = true;
        self.shared.changed.notify_one();
    }
}
