//! Contests: several ways to do one thing, timed in turns.
//!
//! The speed of a shared machine varies, so numbers from different moments
//! cannot be compared. Here the contestants take turns in short rounds, and the
//! result is the ratio (or difference) of rounds that ran side by side. Time is
//! the CPU time of the thread, which advances only while the thread runs.

use rustix::time::{ClockId, clock_gettime};

/// Several ways to do one thing.
#[derive(Default)]
pub struct Contest<'c> {
    contestants: Vec<Contestant<'c>>,
}

struct Contestant<'c> {
    name: &'static str,
    /// Does the thing as often as its argument says.
    repeat: Box<dyn FnMut(u32) + 'c>,
    /// How many calls make a round.
    times: u32,
    /// Nanoseconds per call, one per round.
    rounds: Vec<f64>,
}

impl<'c> Contest<'c> {
    /// A contest without contestants.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a contestant.
    #[must_use]
    pub fn enter(mut self, name: &'static str, mut once: impl FnMut() + 'c) -> Self {
        let repeat = Box::new(move |times| (0..times).for_each(|_| once()));
        self.contestants.push(Contestant { name, repeat, times: 1, rounds: Vec::new() });
        self
    }

    /// Runs all rounds.
    #[must_use]
    pub fn run(mut self) -> Outcome {
        self.contestants.iter_mut().for_each(Contestant::calibrate);
        for round in 0..ROUNDS {
            // Each round begins with another contestant, so that none always comes first.
            let first = round % self.contestants.len();
            let (before, after) = self.contestants.split_at_mut(first);
            after.iter_mut().chain(before).for_each(Contestant::round);
        }
        let entries = self.contestants.into_iter();
        Outcome(entries.map(|entry| (entry.name, Series(entry.rounds))).collect())
    }
}

impl Contestant<'_> {
    /// Finds out how many calls fill a round. This also warms up.
    fn calibrate(&mut self) {
        while self.times < u32::MAX / 2 && self.time() < ROUND_NANOS {
            self.times *= 2;
        }
    }

    fn round(&mut self) {
        let time = self.time();
        self.rounds.push(time / f64::from(self.times));
    }

    fn time(&mut self) -> f64 {
        let start = cpu_nanos();
        (self.repeat)(self.times);
        cpu_nanos() - start
    }
}

/// The results of a contest.
pub struct Outcome(Vec<(&'static str, Series)>);

impl Outcome {
    /// The rounds of one contestant.
    ///
    /// # Panics
    ///
    /// If there is no contestant with this name.
    #[must_use]
    pub fn of(&self, name: &str) -> &Series {
        let found = self.0.iter().find(|(entered, _)| *entered == name);
        found.map(|(_, series)| series).expect("a contestant's name")
    }
}

/// Figures of one contestant, round by round.
pub struct Series(Vec<f64>);

impl Series {
    /// The given figures.
    #[must_use]
    pub fn new(rounds: Vec<f64>) -> Self {
        Self(rounds)
    }

    /// The best round.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The middle round.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The ratio to `rival`: the median over pairs of rounds that ran side by side.
    #[must_use]
    pub fn over(&self, rival: &Self) -> f64 {
        self.estimate(rival, |ours, theirs| ours / theirs)
    }

    /// The difference to `part`: the median over the pairs of rounds.
    #[must_use]
    pub fn beyond(&self, part: &Self) -> f64 {
        self.estimate(part, |whole, part| whole - part)
    }

    fn estimate(&self, other: &Self, combine: fn(f64, f64) -> f64) -> f64 {
        let pairs = self.0.iter().zip(&other.0).map(|(&ours, &theirs)| combine(ours, theirs));
        Self(pairs.collect()).median()
    }
}

/// The CPU time that `threads` threads need for one call while all of them
/// call at the same time: the average, in nanoseconds.
pub fn in_threads(threads: u32, once: impl Fn() + Sync) -> f64 {
    const CALLS: u32 = 200_000;
    let one_thread = || {
        let start = cpu_nanos();
        (0..CALLS).for_each(|_| once());
        (cpu_nanos() - start) / f64::from(CALLS)
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        let times = running.into_iter().map(|thread| thread.join().unwrap_or(f64::NAN));
        times.sum::<f64>() / f64::from(threads)
    })
}

fn cpu_nanos() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The number of rounds. Odd, so that there is a middle one.
const ROUNDS: usize = 301;

/// The length of a round: long compared with reading the clock, but short compared
/// with changes in the machine's speed.
const ROUND_NANOS: f64 = 100_000.0;
