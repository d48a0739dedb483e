use std::time::Duration;

use token_core::UtcDateTime;

use super::trial::{Trial, minutes};
use crate::{digest::PepperId, registry::RegistryError};

const NONE: PepperId = PepperId::NONE;
const ONE: PepperId = PepperId::from_bytes([1; 16]);
const TWO: PepperId = PepperId::from_bytes([2; 16]);

async fn take(
    trial: &Trial<'_>,
    current: PepperId,
    previous: Option<PepperId>,
    minute: u64,
) -> Result<(), UtcDateTime> {
    let longest = Duration::from_secs(3600);
    match trial.registry.use_pepper(current, previous, minutes(minute), longest).await {
        Ok(()) => Ok(()),
        Err(RegistryError::PepperInUse { until }) => Err(until),
        Err(error) => trial.ok(Err(error)),
    }
}

pub(super) async fn replace_one_at_a_time(trial: &Trial<'_>) {
    trial.same(take(trial, NONE, None, 0).await, Ok(()), "the first pepper is taken");
    trial.same(take(trial, NONE, None, 1).await, Ok(()), "the same is taken again");
    let refused = Err(minutes(62));
    trial.same(take(trial, ONE, None, 2).await, refused, "the one that was current stays in use");
    trial.same(take(trial, TWO, Some(ONE), 2).await, refused, "whatever else is named");
    trial.same(take(trial, NONE, None, 3).await, Ok(()), "what is refused changes nothing");
    trial.same(take(trial, ONE, Some(NONE), 10).await, Ok(()), "it may be the one before");
    trial.same(take(trial, ONE, Some(NONE), 20).await, Ok(()), "for as long as one likes");
}

pub(super) async fn outlive_the_longest_lifetime(trial: &Trial<'_>) {
    trial.same(take(trial, NONE, None, 0).await, Ok(()), "the first pepper is taken");
    trial.same(take(trial, ONE, Some(NONE), 10).await, Ok(()), "the second is taken");
    trial.same(take(trial, ONE, Some(NONE), 30).await, Ok(()), "the same is taken again");
    let until = Err(minutes(70));
    trial.same(take(trial, TWO, Some(ONE), 40).await, until, "a third waits from the change on");
    trial.same(take(trial, ONE, None, 69).await, until, "the one before may not be left out yet");
    trial.same(take(trial, TWO, Some(ONE), 70).await, Ok(()), "then a third is taken");
    trial.same(
        take(trial, TWO, None, 129).await,
        Err(minutes(130)),
        "now the second is the one before",
    );
    trial.same(take(trial, ONE, Some(TWO), 100).await, Ok(()), "one may go back");
    trial.same(take(trial, NONE, Some(ONE), 100).await, Err(minutes(160)), "but not further");
}
