//! How soon to try again.

use std::time::Duration;

use super::Failed;

/// How soon to try again after failures. All by the monotonic clock, so that nobody who sets the wall clock makes tries meet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// Failures since the last success.
    failures: u32,
    /// No try before then.
    next: Duration,
    last: Last,
}

/// The failure that came last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Last {
    /// There was none since the last success.
    #[default]
    None,
    /// Another try may succeed.
    Transient,
    /// Somebody has to mend something.
    Final {
        /// Whether that try was made because the token was about to expire.
        urgent: bool,
    },
}

/// At most one try a second, whatever happens.
pub const FLOOR: Duration = Duration::from_secs(1);

/// How soon a final failure is tried again at the earliest, if somebody asks and nothing valid is held.
pub const AFTER_FINAL: Duration = Duration::from_secs(60);

/// The longest pause, by what is held: a valid token, one that is about to expire, nothing.
const LONGEST_RELAXED: Duration = Duration::from_secs(300);
const LONGEST_URGENT: Duration = Duration::from_secs(5);
const LONGEST_EMPTY: Duration = Duration::from_secs(30);

/// The longest that an issuer can have us wait while nothing valid is held.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// What is held at the moment of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holding {
    /// No valid token.
    Nothing,
    /// A token that is valid for so long.
    Valid { left: Duration, urgent: bool },
}

impl Pace {
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) const fn last(&self) -> Last {
        self.last
    }

    /// No try before then.
    pub(super) const fn next(&self) -> Duration {
        self.next
    }

    /// A try begins.
    pub(super) fn began(&mut self, now: Duration) {
        self.next = self.next.max(now.saturating_add(FLOOR));
    }

    /// A try has brought a token, or the news that there is no other one.
    pub(super) fn succeeded(&mut self) {
        (self.failures, self.last) = (0, Last::None);
    }

    /// A try has failed. `poll` is how often the source may be looked at anyway; `random` is in 0..1.
    pub(super) fn failed(
        &mut self,
        now: Duration,
        holding: Holding,
        failed: Failed,
        poll: Option<Duration>,
        random: f64,
    ) {
        self.failures = self.failures.saturating_add(1);
        let (pause, last) = match failed {
            Failed::Final => {
                let urgent = matches!(holding, Holding::Valid { urgent: true, .. });
                (AFTER_FINAL, Last::Final { urgent })
            }
            Failed::Transient { retry_after } => {
                (self.pause(holding, retry_after, random), Last::Transient)
            }
        };
        let pause = match (last, poll) {
            (Last::Transient, Some(poll)) => pause.min(poll),
            _ => pause,
        };
        self.last = last;
        self.next = self.next.max(now.saturating_add(pause.max(FLOOR)));
    }

    /// Doubles with each failure; is a part of what a token still has to live, so that another try comes before its end.
    fn pause(&self, holding: Holding, asked: Option<Duration>, random: f64) -> Duration {
        let doubled = FLOOR.saturating_mul(1 << self.failures.saturating_sub(1).min(9));
        let (longest, longest_asked) = match holding {
            Holding::Nothing => (LONGEST_EMPTY, LONGEST_ASKED),
            Holding::Valid { left, urgent: true } => (LONGEST_URGENT.min(left / 4), left / 2),
            Holding::Valid { left, urgent: false } => (LONGEST_RELAXED.min(left / 4), left / 2),
        };
        let pause = doubled.min(longest).mul_f64(0.5 + random / 2.0);
        pause.max(asked.unwrap_or_default().min(longest_asked))
    }
}
