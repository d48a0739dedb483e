//! Who may ask the registry about a token that memory lacks.
//!
//! Whoever sends forged tokens with right checksums has each of them read. So the questions of one kind take at most half of the
//! seats, those who wait for one are bounded, and each kind has a budget of answers that a token is unknown.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use token_core::caller::Refused;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{budget::Budget, clocks::Clocks, flight::UNAVAILABLE, metrics::Limit, shared::lock};
use crate::{
    deadline::Deadline,
    registry::{Read, RegistryError},
};

/// What may be asked of the registry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How many questions are on their way at a time.
    pub(super) misses: usize,
    /// How many of one kind wait for their turn.
    pub(super) waiting: usize,
    /// How many answers of one kind may be that the token is unknown.
    pub(super) unknown_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { misses: 64, waiting: 1_024, unknown_per_second: 100 }
    }
}

pub(super) struct Gate {
    seats: Semaphore,
    /// By the number of the kind.
    lines: Vec<Line>,
    waiting: usize,
    clocks: Clocks,
}

/// Those who ask about tokens of one kind.
struct Line {
    /// The kind's part of all seats.
    seats: Semaphore,
    waiting: AtomicUsize,
    unknown: Mutex<Budget>,
}

/// One question that may be asked. It has taken one from the budget, which [`answered`](Self::answered) gives back: who is
/// cancelled has asked all the same.
pub(super) struct Turn<'g> {
    line: &'g Line,
    _seats: [SemaphorePermit<'g>; 2],
}

/// Why a question may not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// There is no turn before the deadline.
    Late,
    /// Too many wait already, or too many tokens were unknown.
    By(Limit, Duration),
}

impl Gate {
    /// For so many kinds, of which `asked_for` can have tokens.
    pub(super) fn new(limits: Limits, kinds: usize, asked_for: usize, clocks: Clocks) -> Self {
        let seats = limits.misses.clamp(1, Semaphore::MAX_PERMITS);
        // Who asks about tokens of another kind finds a seat.
        let share = if asked_for > 1 { seats.div_ceil(2) } else { seats };
        let line = |_| Line {
            seats: Semaphore::new(share),
            waiting: AtomicUsize::new(0),
            unknown: Mutex::new(Budget::new(limits.unknown_per_second)),
        };
        Self {
            seats: Semaphore::new(seats),
            lines: (0..kinds).map(line).collect(),
            waiting: limits.waiting,
            clocks,
        }
    }

    /// Waits for a turn to ask about a token that was presented.
    pub(super) async fn enter(&self, kind: u16, deadline: Deadline) -> Result<Turn<'_>, Denied> {
        let line = self.lines.get(usize::from(kind)).ok_or(Denied::Late)?;
        let turn = self.seat(line, deadline, self.waiting).await?;
        // Now, and not before the wait: who waits takes nothing from others.
        match lock(&line.unknown).take(self.clocks.now().monotonic) {
            Ok(()) => Ok(turn),
            Err(wait) => Err(Denied::By(Limit::Unknown, wait)),
        }
    }

    /// Waits for a turn to ask about the token of a caller, who was let in before.
    pub(super) async fn enter_known(
        &self,
        kind: u16,
        deadline: Deadline,
    ) -> Result<Turn<'_>, Denied> {
        let line = self.lines.get(usize::from(kind)).ok_or(Denied::Late)?;
        self.seat(line, deadline, usize::MAX).await
    }

    async fn seat<'g>(
        &'g self,
        line: &'g Line,
        deadline: Deadline,
        most: usize,
    ) -> Result<Turn<'g>, Denied> {
        let of_kind = match line.seats.try_acquire() {
            Ok(seat) => seat,
            Err(_) => {
                let _waiting = Waiting::join(&line.waiting, most)?;
                seat(&line.seats, deadline).await?
            }
        };
        // Each kind has no more than its part here, and who came first is first.
        Ok(Turn { line, _seats: [of_kind, seat(&self.seats, deadline).await?] })
    }
}

async fn seat(seats: &Semaphore, deadline: Deadline) -> Result<SemaphorePermit<'_>, Denied> {
    if let Ok(seat) = seats.try_acquire() {
        return Ok(seat);
    }
    let seat = deadline.wait(Box::pin(seats.acquire())).await;
    seat.and_then(Result::ok).ok_or(Denied::Late)
}

impl Turn<'_> {
    /// Gives back to the budget, unless the token was looked for and was not there.
    pub(super) fn answered(&self, answer: &Option<Result<Read, RegistryError>>) {
        if !matches!(answer, Some(Ok(Read { row: None, .. }))) {
            lock(&self.line.unknown).give_back();
        }
    }
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Late => UNAVAILABLE,
            // A header says whole seconds.
            Denied::By(_, wait) => Self::unavailable(wait.max(Duration::from_secs(1))),
        }
    }
}

/// Somebody who waits in a line.
struct Waiting<'l>(&'l AtomicUsize);

impl<'l> Waiting<'l> {
    fn join(line: &'l AtomicUsize, most: usize) -> Result<Self, Denied> {
        let waiting = Self(line);
        match line.fetch_add(1, Ordering::Relaxed) < most {
            true => Ok(waiting),
            false => Err(Denied::By(Limit::Waiting, Duration::ZERO)),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
