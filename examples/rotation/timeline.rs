//! What happened when.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use token_rotate::Health;

pub(crate) struct Timeline {
    began: Instant,
    /// What was told since the last line.
    told: Mutex<Vec<&'static str>>,
}

impl Timeline {
    pub(crate) fn start() -> Self {
        Self { began: Instant::now(), told: Mutex::default() }
    }

    pub(crate) fn tell(&self, what: &'static str) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    pub(crate) fn line(&self, health: &Health, (done, failed): (u64, u64)) {
        let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        let state = format!("{:?}", health.state);
        let left = health.remaining;
        println!(
            "{:5.1} s  {state:8} {:4.1} s left  {done:6} requests, {failed} failed  {}",
            self.began.elapsed().as_secs_f64(),
            left.as_secs_f64(),
            told.join("; ")
        );
    }
}
