//! What is to be changed, in the order in which it was asked for.

use std::{
    collections::VecDeque,
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::{Change, Trouble};
use crate::registry::RegistryError;

/// A change whose caller waits for an answer.
pub(super) trait Job: Send {
    /// Whether it need not be made.
    fn is_abandoned(&self) -> bool;
    /// Makes the change. It is made for good once the transaction is committed.
    fn run(&mut self, change: &Change<'_>) -> Result<(), RegistryError>;
    /// Tells the caller, also if the transaction has failed.
    fn answer(self: Box<Self>, committed: &Result<(), RegistryError>);
}

/// A change that yields a `T`.
pub(super) struct Asked<T, F> {
    how: Option<F>,
    answer: Option<Result<T, RegistryError>>,
    caller: oneshot::Sender<Result<T, RegistryError>>,
    is_made_anyway: bool,
}

impl<T, F> Asked<T, F> {
    pub(super) fn new(
        how: F,
        is_made_anyway: bool,
    ) -> (Self, oneshot::Receiver<Result<T, RegistryError>>) {
        let (caller, answer) = oneshot::channel();
        (Self { how: Some(how), answer: None, caller, is_made_anyway }, answer)
    }
}

impl<T, F> Job for Asked<T, F>
where
    T: Send,
    F: FnOnce(&Change<'_>) -> Result<T, Trouble> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.caller.is_closed() && !self.is_made_anyway
    }

    fn run(&mut self, change: &Change<'_>) -> Result<(), RegistryError> {
        let Some(how) = self.how.take() else { return Ok(()) };
        let answer = how(change).map_err(|Trouble(error)| error);
        let made = answer.as_ref().map(drop).map_err(RegistryError::clone);
        self.answer = Some(answer);
        made
    }

    fn answer(self: Box<Self>, committed: &Result<(), RegistryError>) {
        let answer = match (self.answer, committed) {
            (Some(Ok(answer)), Ok(())) => Ok(answer),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.clone()),
            (None, Ok(())) => Err(ended()),
        };
        // Nobody may wait any more.
        drop(self.caller.send(answer));
    }
}

/// The changes that wait.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Box<dyn Job>>,
    is_closed: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, job: impl Job + 'static) -> Result<(), RegistryError> {
        let mut state = self.state();
        if state.is_closed {
            return Err(ended());
        }
        if state.waiting.len() >= MOST_WAITING {
            state.waiting.retain(|job| !job.is_abandoned());
        }
        if state.waiting.len() >= MOST_WAITING {
            return Err(RegistryError::unavailable(
                "too many changes wait already; ask for fewer at a time, or use a faster disk",
            ));
        }
        state.waiting.push_back(Box::new(job));
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for something to do. Returns nothing once the queue is closed and empty.
    pub(super) fn take(&self) -> Vec<Box<dyn Job>> {
        let state = self.state();
        let idle = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
        let state = self.filled.wait_while(state, idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let rest = state.waiting.len().min(MOST_AT_ONCE);
        let rest = state.waiting.split_off(rest);
        mem::replace(&mut state.waiting, rest).into()
    }

    /// Takes nothing more. What waits is still done.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.filled.notify_all();
    }

    /// Takes nothing more, and forgets what waits: its callers are told.
    pub(super) fn abandon(&self) {
        self.close();
        let waiting = mem::take(&mut self.state().waiting);
        drop(waiting);
    }
}

pub(super) fn ended() -> RegistryError {
    RegistryError::unavailable("the thread that changes the file has ended; open the file again")
}

/// As many changes as may wait: some 10 s of work for a slow disk.
const MOST_WAITING: usize = 16_384;

/// As many changes as are made in one transaction, so that other processes have their turn.
const MOST_AT_ONCE: usize = 512;
