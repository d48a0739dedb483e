//! Decides what is told one by one, and what is counted.

use std::{
    collections::VecDeque,
    mem::take,
    time::{Duration, Instant},
};

use token_core::record::Event;

/// What is still to be told, and what was told in this second.
#[derive(Default)]
pub(super) struct Ledger {
    /// One for each reason: their names are written in the source, so there are few.
    windows: Vec<Window>,
    queue: VecDeque<(&'static str, Box<Event>)>,
    pub(super) is_running: bool,
    pub(super) is_stopped: bool,
}

/// One reason, in one second.
struct Window {
    reason: &'static str,
    /// When the second of the allowance began.
    began: Instant,
    told: u32,
    /// When the first was counted of those that are counted now.
    counted: Option<Instant>,
    /// Neither traced nor recorded.
    left_out: u64,
    /// Not recorded, since the recorder failed or was slow.
    unrecorded: u64,
}

/// What the thread does next.
#[derive(Debug)]
pub(super) enum Task {
    Record(&'static str, Box<Event>),
    /// Tell how many were left out, and how many more are not on record.
    Sum {
        reason: &'static str,
        left_out: u64,
        unrecorded: u64,
    },
    /// Nothing, for this long. `None` until something comes.
    Rest(Option<Duration>),
    End,
}

impl Ledger {
    /// Whether a refusal is told. Otherwise it is counted.
    pub(super) fn admit(&mut self, reason: &'static str, now: Instant) -> bool {
        let window = self.window(reason, now);
        if left(window.began, now).is_zero() {
            (window.began, window.told) = (now, 0);
        }
        if window.told < ALLOWANCE {
            window.told += 1;
            return true;
        }
        window.counted.get_or_insert(now);
        window.left_out += 1;
        false
    }

    /// Keeps a record for the thread, if there is room.
    pub(super) fn push(&mut self, reason: &'static str, event: Event) {
        match self.queue.len() < MOST_QUEUED {
            true => self.queue.push_back((reason, Box::new(event))),
            false => self.note_unrecorded(reason, 1, Instant::now()),
        }
    }

    /// So many are not on record, which is tried again once a second.
    pub(super) fn note_unrecorded(&mut self, reason: &'static str, number: u64, now: Instant) {
        let window = self.window(reason, now);
        window.counted.get_or_insert(now);
        window.unrecorded += number;
    }

    pub(super) fn has_work(&self) -> bool {
        !self.queue.is_empty() || self.windows.iter().any(|window| window.counted.is_some())
    }

    pub(super) fn next(&mut self, now: Instant) -> Task {
        if let Some((reason, event)) = self.queue.pop_front() {
            return Task::Record(reason, event);
        }
        let due = |at: Instant| if self.is_stopped { Duration::ZERO } else { left(at, now) };
        let counted = self.windows.iter_mut().filter_map(|it| Some((due(it.counted?), it)));
        match counted.min_by_key(|(wait, _)| *wait) {
            Some((Duration::ZERO, window)) => window.sum(),
            Some((wait, _)) => Task::Rest(Some(wait)),
            None if self.is_stopped => Task::End,
            None => Task::Rest(None),
        }
    }

    fn window(&mut self, reason: &'static str, now: Instant) -> &mut Window {
        let at = self.windows.iter().position(|window| window.reason == reason);
        let at = at.unwrap_or(self.windows.len());
        if at == self.windows.len() {
            let new =
                Window { reason, began: now, told: 0, counted: None, left_out: 0, unrecorded: 0 };
            self.windows.push(new);
        }
        #[allow(clippy::indexing_slicing, reason = "it was found there, or put there")]
        &mut self.windows[at]
    }
}

impl Window {
    /// Takes what was counted.
    fn sum(&mut self) -> Task {
        self.counted = None;
        let (left_out, unrecorded) = (take(&mut self.left_out), take(&mut self.unrecorded));
        Task::Sum { reason: self.reason, left_out, unrecorded }
    }
}

/// How much is left of the second that began then.
fn left(began: Instant, now: Instant) -> Duration {
    SECOND.saturating_sub(now.saturating_duration_since(began))
}

/// How many refusals of one reason are told one by one in a second.
const ALLOWANCE: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// How many records may wait for a slow recorder.
const MOST_QUEUED: usize = 256;
