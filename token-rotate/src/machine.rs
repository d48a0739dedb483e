//! Decides when to fetch, retire and sleep. It has no clock, thread, token or lock, so that all its cases can be tried.
//!
//! Whoever drives it asks for the [`step`](Machine::step) to take now, takes it, and tells how it went: [`done`](Machine::done),
//! [`retired`](Machine::retired). A fetch that hangs is an answer that does not come.
//!
//! # What holds
//!
//! - A failed fetch changes nothing about the token that is held.
//! - There is one fetch at a time, and at most one a second. One that takes longer than its time is *lost*: another one may begin, and
//!   its answer is taken if it comes after all and nothing better is held. While [`MOST_LOST`] are lost, none begins.
//! - After a failure the next try comes before the token that is held expires, if it lives for more than a second.
//! - A final failure is not tried again because time passes, but for one try when the token is about to expire. It is tried
//!   again, at most once a minute, when somebody asks and nothing valid is held.

mod pace;
mod retiring;
mod windows;
mod words;

use std::time::Duration;

use token_core::TokenId;

pub use pace::{AFTER_FINAL, FLOOR};
use pace::{Holding, Last, Pace};
use retiring::Retiring;
pub use windows::{DEFAULT_OVERLAP, DEFAULT_PATIENCE, Rules, Windows};
pub use words::{Answer, Facts, Failed, Fate, State, Step};

use crate::{Handle, moment::Moment};

#[derive(Debug)]
struct Held {
    facts: Facts,
    windows: Windows,
    /// The number of the fetch that brought it.
    number: u64,
    since: Duration,
    /// It was rejected, or found expired once; a clock that is set back does not revive it.
    is_over: bool,
}

#[derive(Debug)]
struct Flight {
    number: u64,
    /// By the monotonic clock: after that it is lost.
    until: Duration,
}

/// How many fetches may be lost at a time.
pub const MOST_LOST: usize = 3;

/// The longest sleep. The monotonic clock of Linux stands still while the machine is suspended, so the wall clock is looked at now
/// and then.
pub const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Tokens that are rejected so soon after they were fetched, one after the other, make the pauses between fetches longer.
const SOON: Duration = Duration::from_secs(600);

/// The machine for one kind.
#[derive(Debug)]
pub struct Machine {
    rules: Rules,
    random: fastrand::Rng,
    held: Option<Held>,
    flight: Option<Flight>,
    lost: Vec<u64>,
    /// Of the last fetch.
    number: u64,
    /// When it began, by the monotonic clock.
    began: Option<Duration>,
    pace: Pace,
    retiring: Retiring,
    /// Somebody asked, and nothing valid was held.
    is_wanted: bool,
    is_closed: bool,
    /// Rejections in a row, and when the next one counts.
    rejections: u32,
    rejected_from: Duration,
}

impl Machine {
    /// A machine that holds nothing. `seed` is of its random numbers.
    #[must_use]
    pub fn new(rules: Rules, seed: u64) -> Self {
        Self {
            rules,
            random: fastrand::Rng::with_seed(seed),
            held: None,
            flight: None,
            lost: Vec::new(),
            number: 0,
            began: None,
            pace: Pace::default(),
            retiring: Retiring::default(),
            is_wanted: false,
            is_closed: false,
            rejections: 0,
            rejected_from: Duration::ZERO,
        }
    }

    /// What to do now.
    pub fn step(&mut self, now: Moment) -> Step {
        if let Some(number) = self.lose(now) {
            return Step::GiveUp(number);
        }
        if self.held.as_ref().is_some_and(|held| held.facts.expires.has_come(now)) {
            self.over();
        }
        if let Some(handle) = self.retiring.take(now) {
            return Step::Retire(handle);
        }
        if self.is_closed && self.retiring.is_empty() && self.flight.is_none() {
            return Step::End;
        }
        let next = self.next_fetch(now);
        match next.has_come(now) {
            true => Step::Fetch(self.begin(now)),
            false => Step::Sleep(self.wake(now, next)),
        }
    }

    /// What the fetch with this number brought.
    pub fn done(&mut self, number: u64, answer: Answer, now: Moment) -> Fate {
        let is_on_time = self.land(number);
        match answer {
            Answer::Failed(_, handle) if !is_on_time => {
                self.retire_now(handle, now);
                Fate::Late
            }
            Answer::Unchanged if !is_on_time => Fate::Late,
            Answer::Admitted(facts) => self.admitted(number, facts, now),
            Answer::Unchanged => {
                self.unchanged(now);
                Fate::Drop
            }
            Answer::Failed(failed, handle) => {
                self.retire_now(handle, now);
                self.failed(failed, now);
                Fate::Drop
            }
        }
    }

    /// The token that [`Step::Retire`] named was ended at its issuer, or was not; `again` says whether another try makes sense.
    pub fn retired(&mut self, now: Moment, ended: bool, again: bool) {
        self.retiring.done(now, ended, again && !self.is_closed);
    }

    /// A server has rejected the token with this id. Returns whether that counts: only if it is the current one, was not rejected
    /// before, and not too soon after others.
    pub fn rejected(&mut self, id: Option<TokenId>, now: Moment) -> bool {
        let Some(held) = &mut self.held else { return false };
        let counts = held.facts.id == id
            && !held.is_over
            && !held.facts.expires.has_come(now)
            && now.monotonic >= self.rejected_from;
        if !counts {
            return false;
        }
        held.is_over = true;
        self.is_wanted = true;
        if now.monotonic.saturating_sub(held.since) > SOON {
            self.rejections = 0;
        }
        let pause = Duration::from_secs(1 << self.rejections.min(8));
        self.rejections = self.rejections.saturating_add(1);
        self.rejected_from = now.monotonic.saturating_add(pause);
        true
    }

    /// The token that is held was found expired, wiped or ended.
    pub fn over(&mut self) {
        if let Some(held) = &mut self.held {
            held.is_over = true;
        }
    }

    /// Somebody asks, and nothing valid is held. Returns whether that is news.
    pub fn want(&mut self) -> bool {
        !std::mem::replace(&mut self.is_wanted, true)
    }

    /// How long one fetch may take.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.rules.patience
    }

    /// No new fetch; whatever can be ended at its issuer is to be ended now.
    pub fn close(&mut self, now: Moment) {
        self.is_closed = true;
        if let Some(held) = self.held.take() {
            self.retire_now(held.facts.handle, now);
        }
        self.retiring.hurry();
    }

    /// The state of what is held.
    #[must_use]
    pub fn state(&self, now: Moment) -> State {
        let Some(held) = self.valid(now) else {
            return match self.pace.last() {
                Last::Final { .. } => State::Refused,
                Last::None | Last::Transient => State::Expired,
            };
        };
        if matches!(self.pace.last(), Last::Final { .. }) {
            return State::Refused;
        }
        match (held.windows.urgent.has_come(now), held.windows.due.has_come(now)) {
            (true, _) => State::Urgent,
            (false, true) => State::Due,
            (false, false) => State::Fresh,
        }
    }

    /// When the next fetch begins, unless something happens before. `None` while one is under way, and if none will.
    #[must_use]
    pub fn next_try(&self, now: Moment) -> Option<Duration> {
        let next = self.next_fetch(now);
        (next != Moment::NEVER).then(|| next.left(now))
    }

    /// Failures since the last success.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.pace.failures()
    }

    /// Whether a fetch is under way.
    #[must_use]
    pub fn is_fetching(&self) -> bool {
        self.flight.is_some()
    }

    /// How many tokens could not be ended at their issuer.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.retiring.given_up()
    }

    /// The token that is held, if it is valid.
    fn valid(&self, now: Moment) -> Option<&Held> {
        let held = self.held.as_ref()?;
        (!held.is_over && !held.facts.expires.has_come(now)).then_some(held)
    }

    fn holding(&self, now: Moment) -> Holding {
        self.valid(now).map_or(Holding::Nothing, |held| Holding::Valid {
            left: held.facts.expires.left(now),
            urgent: held.windows.urgent.has_come(now),
        })
    }

    fn begin(&mut self, now: Moment) -> u64 {
        self.number += 1;
        self.began = Some(now.monotonic);
        self.pace.began(now.monotonic);
        self.is_wanted = false;
        let until = now.monotonic.saturating_add(self.rules.patience);
        self.flight = Some(Flight { number: self.number, until });
        self.number
    }

    /// The fetch with this number has returned. Whether it was not given up before.
    fn land(&mut self, number: u64) -> bool {
        self.lost.retain(|lost| *lost != number);
        self.flight.take_if(|flight| flight.number == number).is_some()
    }

    /// Gives up a fetch that took too long.
    fn lose(&mut self, now: Moment) -> Option<u64> {
        let number = self.flight.take_if(|flight| flight.until <= now.monotonic)?.number;
        self.lost.push(number);
        self.failed(Failed::Transient { retry_after: None }, now);
        Some(number)
    }

    fn admitted(&mut self, number: u64, facts: Facts, now: Moment) -> Fate {
        if facts.expires.has_come(now) {
            // It was admitted, and has expired before the answer was here.
            self.retire_now(facts.handle, now);
            self.failed(Failed::Transient { retry_after: None }, now);
            return Fate::Drop;
        }
        // The answer of a fetch that was lost may come late: then a later fetch may have brought a better one.
        let is_late = self.valid(now).is_some_and(|held| held.number > number);
        if self.is_closed || is_late {
            self.retire_now(facts.handle, now);
            return Fate::Late;
        }
        self.swap(number, facts, now);
        Fate::Swap
    }

    fn swap(&mut self, number: u64, facts: Facts, now: Moment) {
        self.pace.succeeded();
        let spread = self.random.f64();
        let windows = Windows::new(&self.rules, now, facts.expires, facts.aged, spread);
        let new = facts.handle.clone();
        let held = Held { facts, windows, number, since: now.monotonic, is_over: false };
        let old = self.held.replace(held);
        if let Some(new) = &new {
            self.retiring.forget(new);
        }
        let Some(old) = old else { return };
        if let Some(handle) = old.facts.handle.filter(|handle| new.as_ref() != Some(handle)) {
            let at = now.monotonic.saturating_add(self.rules.overlap);
            self.retiring.add(handle, at, old.facts.expires);
        }
    }

    fn unchanged(&mut self, now: Moment) {
        let needed = self.held.as_ref().is_none_or(|held| {
            held.is_over || held.facts.expires.has_come(now) || held.windows.due.has_come(now)
        });
        match needed {
            true => self.failed(Failed::Transient { retry_after: None }, now),
            false => self.pace.succeeded(),
        }
    }

    fn failed(&mut self, failed: Failed, now: Moment) {
        let (holding, random) = (self.holding(now), self.random.f64());
        self.pace.failed(now.monotonic, holding, failed, self.rules.poll, random);
    }

    fn retire_now(&mut self, handle: Option<Handle>, now: Moment) {
        let is_held = |handle: &Handle| {
            self.held.as_ref().is_some_and(|held| held.facts.handle.as_ref() == Some(handle))
        };
        if let Some(handle) = handle.filter(|handle| !is_held(handle)) {
            self.retiring.add(handle, now.monotonic, Moment::NEVER);
        }
    }

    /// When the next fetch may begin.
    fn next_fetch(&self, now: Moment) -> Moment {
        if self.is_closed || self.flight.is_some() || self.lost.len() >= MOST_LOST {
            return Moment::NEVER;
        }
        let at_pace = Moment::by_monotonic(self.pace.next());
        let is_final = matches!(self.pace.last(), Last::Final { .. });
        let Some(held) = self.valid(now) else {
            return if is_final && !self.is_wanted { Moment::NEVER } else { at_pace };
        };
        let due = match self.pace.last() {
            // Once more before the end, and not at any other time.
            Last::Final { urgent: true } => return Moment::NEVER,
            Last::Final { urgent: false } => held.windows.urgent,
            Last::None | Last::Transient => held.windows.due,
        };
        let due = due.or(self.next_poll());
        match due.has_come(now) {
            true => at_pace,
            false => due,
        }
    }

    fn next_poll(&self) -> Moment {
        let last_was_final = matches!(self.pace.last(), Last::Final { .. });
        let (Some(poll), Some(began)) = (self.rules.poll.filter(|_| !last_was_final), self.began)
        else {
            return Moment::NEVER;
        };
        Moment::by_monotonic(began.saturating_add(poll))
    }

    /// When to look again.
    fn wake(&self, now: Moment, next_fetch: Moment) -> Moment {
        let expires = self.valid(now).map_or(Moment::NEVER, |held| held.facts.expires);
        let urgent = self.valid(now).map_or(Moment::NEVER, |held| held.windows.urgent);
        let urgent = if urgent.has_come(now) { Moment::NEVER } else { urgent };
        let lost = self.flight.as_ref().map_or(Duration::MAX, |flight| flight.until);
        let retiring = self.retiring.next().unwrap_or(Duration::MAX);
        let longest = now.after(LONGEST_SLEEP);
        next_fetch.or(expires).or(urgent).or(Moment::by_monotonic(lost.min(retiring))).or(longest)
    }
}
