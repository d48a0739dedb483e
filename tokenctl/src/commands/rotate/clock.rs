//! The system's clock, for a run.

use std::time::{Duration, Instant};

use time::UtcDateTime;
use token_rotate::replace::Time;

use super::claim::Claimer;
use crate::output::Output;

/// Waits, and renews the claim meanwhile.
pub(super) struct Clock<'c> {
    pub(super) claimer: Option<&'c Claimer<'c>>,
    pub(super) slot: &'c str,
    pub(super) output: &'c Output,
}

impl Time for Clock<'_> {
    fn now(&self) -> UtcDateTime {
        UtcDateTime::now()
    }

    fn wait(&mut self, time: Duration) {
        if time >= TOLD {
            self.output.note(&format!("{}: waiting for {} s", self.slot, time.as_secs()));
        }
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let pause = self.claimer.map_or(left, |claimer| left.min(claimer.between()));
            std::thread::sleep(pause);
            if pause == left {
                return;
            }
            if let Some(claimer) = self.claimer {
                // Whether it is still held is asked again before the next step that has an effect.
                let _ = claimer.ask();
            }
        }
    }
}

/// From which length on a pause is told.
const TOLD: Duration = Duration::from_secs(2);
