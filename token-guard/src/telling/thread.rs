//! The thread that calls the recorder.

use std::{
    sync::{Arc, PoisonError},
    thread,
    time::Instant,
};

use super::{
    Shared,
    facts::{event_left_out, trace_left_out},
    ledger::Task,
};

/// Says whether there is a thread. If the system has none, what is to be recorded waits, up to a bound, for the next try.
pub(super) fn start(shared: &Arc<Shared>) -> bool {
    let shared = Arc::clone(shared);
    thread::Builder::new().name("token-refusals".to_owned()).spawn(move || run(&shared)).is_ok()
}

fn run(shared: &Shared) {
    loop {
        match next(shared) {
            Task::Record(reason, event) => {
                if !shared.record(*event) {
                    shared.ledger().note_unrecorded(reason, 1, Instant::now());
                }
            }
            Task::Sum { reason, left_out, unrecorded } => sum(shared, reason, left_out, unrecorded),
            Task::Rest(_) => {}
            Task::End => return,
        }
    }
}

/// Takes the next task, or waits until there may be one.
fn next(shared: &Shared) -> Task {
    let mut ledger = shared.ledger();
    let task = ledger.next(Instant::now());
    match task {
        Task::Rest(Some(wait)) => {
            drop(shared.wake.wait_timeout(ledger, wait).unwrap_or_else(PoisonError::into_inner));
        }
        Task::Rest(None) => {
            drop(shared.wake.wait(ledger).unwrap_or_else(PoisonError::into_inner));
        }
        Task::Record(..) | Task::Sum { .. } | Task::End => {}
    }
    task
}

fn sum(shared: &Shared, reason: &'static str, left_out: u64, unrecorded: u64) {
    if left_out > 0 {
        trace_left_out(reason, left_out);
    }
    let number = left_out + unrecorded;
    if shared.recorder.is_some() && !shared.record(event_left_out(reason, number)) {
        let mut ledger = shared.ledger();
        // After the end nobody would try again.
        if !ledger.is_stopped {
            ledger.note_unrecorded(reason, number, Instant::now());
        }
    }
}
