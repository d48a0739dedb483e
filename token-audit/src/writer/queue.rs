//! Connects the threads that append with the thread that writes.

use std::{
    collections::VecDeque,
    mem,
    path::PathBuf,
    process,
    sync::{Arc, OnceLock, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    slot::{Outcome, Slot, Ticket},
    sync::{
        AtomicU64, AtomicUsize, Condvar, Mutex, MutexGuard,
        thread::{self, ThreadId},
    },
    timer::Timer,
    waiting::{Request, State, Work},
};
use crate::{
    Checkpoint,
    error::{Fault, FaultProblem},
};

/// Holds the events that wait, and the state of the writer.
///
/// The lock on the state is held for a few instructions at a time, and never while a device works.
pub(super) struct Queue {
    /// The log's directory, for error messages.
    log: PathBuf,
    deadline: Duration,
    /// The process that opened the log. In a child that was forked from it there is no thread that writes.
    process: u32,
    /// How many noted events were lost in such a child.
    lost: AtomicU64,
    state: Mutex<State>,
    /// Wakes the writer when there is something to do.
    work: Condvar,
    /// The thread that writes. Empty until it runs.
    writer: OnceLock<ThreadId>,
    /// How many events wait. This can be read without the lock.
    arrived: AtomicUsize,
    /// The slot that is completed when the writer has stopped.
    ended: Slot,
    /// Ends the waits of appenders that await instead of blocking.
    timer: Timer,
}

impl Queue {
    pub(super) fn new(log: PathBuf, deadline: Duration) -> Self {
        let (lost, state, work, writer, arrived, ended, timer) = Default::default();
        let process = process::id();
        Self { log, deadline, process, lost, state, work, writer, arrived, ended, timer }
    }

    /// Fails in a child that was forked from the process that opened the log. Whoever uses the state calls this first: in
    /// the child the lock on it may have been taken by a thread that is not there.
    pub(super) fn check_process(&self) -> Result<(), Fault> {
        match process::id() == self.process {
            true => Ok(()),
            false => Err(self.fault(FaultProblem::Child)),
        }
    }

    /// Takes an event. Fails if the log is closed, broken or stuck, or if too many events wait.
    pub(super) fn push(&self, request: Request) -> Result<(), Fault> {
        self.check_process()?;
        let mut state = self.lock();
        self.admit(&state)?;
        // Events with an appender may use only half of the room, since the appender can try again. The other half is
        // for noted events, which nobody repeats.
        let limit = if request.ticket.is_some() { MAX_WAITING / 2 } else { MAX_WAITING };
        if state.waiting_bytes + request.body.len() > limit {
            return Err(self.fault(FaultProblem::Busy));
        }
        state.waiting_bytes += request.body.len();
        state.waiting.push_back(request);
        self.arrived.store(state.waiting.len(), Ordering::Relaxed);
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Takes an event that no appender waits for. If it cannot be taken, it is counted as missed.
    pub(super) fn push_noted(&self, request: Request) {
        if self.push(request).is_err() {
            self.miss(1);
        }
    }

    /// Counts events that are lost.
    pub(super) fn miss(&self, events: u64) {
        if self.check_process().is_err() {
            self.lost.fetch_add(events, Ordering::Relaxed);
            return;
        }
        let mut state = self.lock();
        state.missed = state.missed.saturating_add(events);
    }

    /// Returns how many events were lost and are not counted in a record yet.
    pub(super) fn missed(&self) -> u64 {
        match self.check_process() {
            Ok(()) => self.lock().missed,
            Err(_) => self.lost.load(Ordering::Relaxed),
        }
    }

    /// Asks for a checkpoint over all events up to now.
    pub(super) fn push_sealing(&self, ticket: Ticket) -> Result<(), Fault> {
        self.check_process()?;
        let mut state = self.lock();
        self.admit(&state)?;
        let before = state.waiting.len();
        state.sealing.push_back((before, ticket));
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    fn admit(&self, state: &State) -> Result<(), Fault> {
        if let Some(fault) = &state.ended {
            return Err(fault.clone());
        }
        if state.is_closing {
            return Err(self.fault(FaultProblem::Closed));
        }
        match state.busy_since {
            Some(since) if state.is_stuck || since.elapsed() > self.deadline => Err(self.timeout()),
            _ => Ok(()),
        }
    }

    /// Notes that an appender has waited in vain. Until the writer is back, other events are refused at once.
    pub(super) fn waited_in_vain(&self) -> Fault {
        let mut state = self.lock();
        state.is_stuck = state.busy_since.is_some();
        drop(state);
        self.timeout()
    }

    /// Fails if the log takes no events, or if it could not sign the last checkpoint.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.check_process()?;
        let state = self.lock();
        self.admit(&state)?;
        state.unsealed.clone().map_or(Ok(()), Err)
    }

    /// Waits for work on the writer's thread, until `wake_at` at the latest, and returns it. `answered` is how many
    /// threads the writer has just answered.
    pub(super) fn next(&self, wake_at: Option<Instant>, answered: usize) -> Work {
        self.lock().busy_since = None;
        self.linger(answered);
        let mut state = self.lock();
        state.is_stuck = false;
        while state.is_idle() {
            let Some(left) = wake_at.map(|at| at.saturating_duration_since(Instant::now())) else {
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            if left.is_zero() {
                break;
            }
            let waited = self.work.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.busy_since = Some(Instant::now());
        let most = state.waiting.len().min(MAX_GROUP);
        self.arrived.store(state.waiting.len() - most, Ordering::Relaxed);
        let requests: VecDeque<_> = state.waiting.drain(..most).collect();
        let bytes: usize = requests.iter().map(|request| request.body.len()).sum();
        state.waiting_bytes -= bytes;
        Work {
            requests,
            missed: mem::take(&mut state.missed),
            sealing: state.sealing_after(most),
            is_closing: state.is_closing && state.waiting.is_empty(),
        }
    }

    /// Waits for a moment, because threads that were just answered are likely to append again at once. A single thread
    /// then needs no thread switch, and many threads share the next sync instead of the one after it.
    fn linger(&self, answered: usize) {
        let start = Instant::now();
        while self.arrived.load(Ordering::Relaxed) < answered && start.elapsed() < LINGER {
            thread::yield_now();
        }
    }

    /// Stores the newest checkpoint, or the reason why there is none.
    pub(super) fn sealed(&self, outcome: Result<Checkpoint, Fault>) {
        let mut state = self.lock();
        state.unsealed = outcome.map(|checkpoint| state.checkpoint = Some(checkpoint)).err();
    }

    /// Returns the newest checkpoint; `None` before the log is opened.
    pub(super) fn checkpoint(&self) -> Option<Checkpoint> {
        self.lock().checkpoint.clone()
    }

    /// Ends the queue: no more events are taken, and those that still wait fail with `fault`. `close` returns
    /// `outcome`. Only the first call has an effect.
    pub(super) fn end(&self, fault: &Fault, outcome: Result<(), Fault>) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        let requests = mem::take(&mut state.waiting);
        let sealing = mem::take(&mut state.sealing);
        state.ended = Some(fault.clone());
        state.busy_since = None;
        drop(state);
        self.ended.complete(outcome.map(|()| 0));
        let sealing = sealing.into_iter().map(|(_, ticket)| ticket);
        let waiting = requests.into_iter().filter_map(|request| request.ticket).chain(sealing);
        waiting.for_each(|ticket| ticket.complete(Err(fault.clone())));
    }

    /// Asks the writer to record the events that wait, and to stop.
    pub(super) fn ask_to_close(&self) {
        if self.check_process().is_ok() {
            self.lock().is_closing = true;
            self.work.notify_one();
        }
    }

    /// Asks the writer to stop, and waits until it has.
    pub(super) fn close(&self) -> Result<(), Fault> {
        self.check_process()?;
        self.ask_to_close();
        let outcome = self.ended.wait(Instant::now() + self.deadline);
        outcome.unwrap_or_else(|| Err(self.timeout())).map(|_| ())
    }

    /// Ends the wait of an appender that awaits, at `deadline`.
    pub(super) fn watch(self: &Arc<Self>, slot: &Arc<Slot>, deadline: Instant) {
        let outcome: Outcome = Err(self.timeout());
        if !self.timer.watch(slot, deadline, &outcome) {
            slot.complete(outcome); // No thread could end the wait later.
        }
    }

    /// Says that this thread is the writer.
    pub(super) fn writes_here(&self) {
        let _ = self.writer.set(thread::current().id());
    }

    /// Returns whether this thread is the writer.
    pub(super) fn is_writer(&self) -> bool {
        self.writer.get() == Some(&thread::current().id())
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    #[cold]
    pub(super) fn timeout(&self) -> Fault {
        self.fault(FaultProblem::Timeout { after: self.deadline })
    }

    #[cold]
    pub(super) fn fault(&self, problem: FaultProblem) -> Fault {
        problem.at(&self.log)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The most bytes of events that may wait. If there are more, the disk does not keep up, and an event is refused rather
/// than kept in memory.
const MAX_WAITING: usize = 64 << 20;

/// How long the writer lingers: about the time that it takes to wake a thread, and less than a sync takes. The tests of all orders
/// of steps leave no order to the clock.
const LINGER: Duration = Duration::from_micros(if cfg!(test) { 0 } else { 50 });

/// The most records that share one write.
const MAX_GROUP: usize = 1 << 10;
