//! The claim: what keeps other runs out.

use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::time::Duration;

use token_policy::lock::{Attempt, StepValues};
use token_policy::steps::{Step, Steps};
use token_rotate::replace::{Claim, StepFailure};

use super::commands::failure;
use crate::step::{self, End, Program};

/// Takes and renews the claim of a slot.
pub(super) struct Claimer<'c> {
    step: &'c Step,
    attempt: &'c Attempt,
    folder: &'c Path,
    timeout: Duration,
    /// Who holds it: a name of this run alone.
    holder: &'c str,
}

impl<'c> Claimer<'c> {
    /// Returns what takes the claim, if the policy has such a step.
    pub(super) fn new(
        steps: &'c Steps,
        attempt: &'c Attempt,
        folder: &'c Path,
        holder: &'c str,
    ) -> Option<Claimer<'c>> {
        let timeout = steps.timeout().as_duration();
        Some(Claimer { step: steps.claim()?, attempt, folder, timeout, holder })
    }

    /// For how long it is taken: two steps and a minute. It is renewed before each step that has an effect, and a run that was
    /// killed keeps the next one out for no longer.
    fn held(&self) -> Duration {
        self.timeout * 2 + Duration::from_secs(60)
    }

    /// How often it is renewed while the run waits.
    pub(super) fn between(&self) -> Duration {
        self.held() / 3
    }

    /// Takes it, or renews it.
    pub(super) fn ask(&self) -> Result<Claim, StepFailure> {
        let values = StepValues::of(self.attempt).claiming(self.holder, self.held().as_secs());
        let argv = self.step.argv(&values);
        let (folder, timeout) = (self.folder, self.timeout);
        let ended = step::run(&Program { argv: &argv, folder, input: None, keep: 0, timeout });
        match ended.end {
            End::Status(status) if status.success() => Ok(Claim::Held),
            End::Status(status) if status.code() == Some(1) => Ok(Claim::ByAnother),
            End::Status(_) | End::Timeout(_) | End::TooLong(_) | End::Failed(_) => {
                Err(failure(self.step, &ended))
            }
        }
    }
}

/// Makes a name for the holder that no other run has. It is no secret, so the standard library's random keys are good
/// enough.
pub(super) fn holder() -> String {
    let number = || RandomState::new().hash_one("the holder of a claim");
    format!("{:016x}{:016x}", number(), number())
}
