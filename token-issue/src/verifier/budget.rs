//! How many answers may be that a token is unknown.

use std::time::Duration;

/// So much a second, and what was not used for [`SAVED`].
#[derive(Debug)]
pub(super) struct Budget {
    /// How long it takes until there is one more.
    each: Duration,
    /// When nothing is missing, on the monotonic clock.
    full_at: Duration,
}

impl Budget {
    pub(super) fn new(per_second: u32) -> Self {
        Self { each: Duration::from_secs(1) / per_second.max(1), full_at: Duration::ZERO }
    }

    /// Takes one, or says how long it takes until there is one.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.max(now).saturating_add(self.each);
        match full_at.saturating_sub(now).checked_sub(SAVED) {
            None | Some(Duration::ZERO) => {
                self.full_at = full_at;
                Ok(())
            }
            Some(wait) => Err(wait),
        }
    }

    pub(super) fn give_back(&mut self) {
        self.full_at = self.full_at.saturating_sub(self.each);
    }
}

/// How much of a budget that was not used is kept.
const SAVED: Duration = Duration::from_secs(10);

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_budget_saves_ten_seconds_and_then_gives_what_comes_in() {
        let mut budget = Budget::new(7);
        let mut now = Duration::from_secs(1_000);
        let mut taken = |now| (0..).take_while(|_| budget.take(now).is_ok()).count();
        assert_eq!(taken(now), 70);
        for _ in 0..100 {
            now += Duration::from_secs(1);
            assert!((6..=8).contains(&taken(now)));
        }
        assert_eq!(taken(now + Duration::from_secs(3_600)), 70);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_the_wait_is_told() {
        let mut budget = Budget::new(2);
        let now = Duration::from_secs(5);
        for _ in 0..1_000 {
            budget.take(now).unwrap();
            budget.give_back();
        }
        for _ in 0..20 {
            budget.take(now).unwrap();
        }
        assert_eq!(budget.take(now), Err(Duration::from_millis(500)));
        budget.give_back();
        budget.take(now).unwrap();
        assert_eq!(budget.take(now + Duration::from_millis(300)), Err(Duration::from_millis(200)));
        budget.take(now + Duration::from_millis(500)).unwrap();
    }
}
