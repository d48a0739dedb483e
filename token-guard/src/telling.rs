//! Tells of refusals: one event of `tracing` and one record each, up to an allowance.
//!
//! Whoever floods a service with bad tokens must fill neither its memory nor its log. So of each reason ten refusals a second
//! are told one by one; the others are counted, and the count is told when the second is over. The recorder is called by a
//! thread of its own: one that fails or hangs costs no answer a moment.

mod facts;
mod ledger;
mod thread;

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use token_core::record::{Event, Recorder};

pub(crate) use facts::Facts;

use self::ledger::Ledger;
use crate::Reason;

/// Tells of the refusals of one guard. Its thread ends when this is dropped.
pub(crate) struct Telling(Arc<Shared>);

struct Shared {
    recorder: Option<Arc<dyn Recorder>>,
    ledger: Mutex<Ledger>,
    /// The thread has something to do.
    wake: Condvar,
}

impl Telling {
    pub(crate) fn new(recorder: Option<Arc<dyn Recorder>>) -> Self {
        Self(Arc::new(Shared { recorder, ledger: Mutex::default(), wake: Condvar::new() }))
    }

    /// Tells of one refusal, or counts it. The facts are asked for only if they are told.
    pub(crate) fn tell<'f>(&self, reason: Reason, facts: impl FnOnce() -> Facts<'f>) {
        let shared = &self.0;
        if shared.recorder.is_none() && !cfg!(feature = "tracing") {
            return;
        }
        let is_told = shared.ledger().admit(reason.name(), Instant::now());
        if is_told {
            let facts = facts();
            facts.trace(reason);
            if shared.recorder.is_some() {
                shared.ledger().push(reason.name(), facts.event(reason));
            }
        }
        self.have_it_done();
    }

    /// Wakes the thread, if there is something to do; the first time it is started.
    fn have_it_done(&self) {
        let mut ledger = self.0.ledger();
        if !ledger.has_work() {
            return;
        }
        if !ledger.is_running {
            ledger.is_running = thread::start(&self.0);
        }
        drop(ledger);
        self.0.wake.notify_one();
    }
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // A panic while the lock was held leaves a ledger that is whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether the event is on record.
    fn record(&self, event: Event) -> bool {
        let Some(recorder) = &self.recorder else { return true };
        let record = std::panic::AssertUnwindSafe(|| recorder.record(event).is_ok());
        std::panic::catch_unwind(record).unwrap_or(false)
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.0.ledger().is_stopped = true;
        self.0.wake.notify_one();
    }
}

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telling").finish_non_exhaustive()
    }
}
