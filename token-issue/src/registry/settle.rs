//! What all registries do alike before they keep something.

use std::time::Duration;

use token_core::UtcDateTime;

use super::RegistryError;
use crate::{
    digest::PepperId,
    row::{Row, State},
};

/// The row as it is kept: alive, never used, with times in whole seconds.
///
/// `born` is the number of the epoch, or what the parent's row says.
pub(super) fn settle(mut row: Row, born: u64) -> Result<Row, RegistryError> {
    if row.scopes.iter().any(|scope| scope.is_empty() || scope.contains(char::is_whitespace)) {
        return Err(RegistryError::malformed("a scope's name is empty or has a space"));
    }
    row.minted_at = whole(row.minted_at);
    row.expires_at = whole(row.expires_at);
    row.born = born;
    row.depth = row.parent.map_or(0, |_| row.depth);
    row.last_used = None;
    row.state = State::Live;
    Ok(row)
}

/// The moment without its fraction of a second.
pub(super) fn whole(moment: UtcDateTime) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(moment.unix_timestamp()).unwrap_or(moment)
}

/// A new random mark.
pub(super) fn mark() -> Result<[u8; 16], RegistryError> {
    let mut mark = [0; 16];
    match getrandom::fill(&mut mark) {
        Ok(()) => Ok(mark),
        Err(_) => Err(RegistryError::unavailable("the operating system has no entropy for a mark")),
    }
}

/// A pepper that is or was current.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) id: PepperId,
    /// When it ceased to be current. `None` for the one that is current.
    pub(super) ceased: Option<UtcDateTime>,
}

/// Which peppers are known once `current` is taken.
pub(super) fn take_pepper(
    known: &[Known],
    current: PepperId,
    previous: Option<PepperId>,
    now: UtcDateTime,
    longest: Duration,
) -> Result<Vec<Known>, RegistryError> {
    let now = later(now, Duration::ZERO);
    let mut after = vec![Known { id: current, ceased: None }];
    after.extend(
        known
            .iter()
            .filter(|pepper| pepper.id != current)
            .map(|pepper| Known { ceased: Some(pepper.ceased.unwrap_or(now)), ..*pepper }),
    );
    let third = after.iter().filter(|pepper| Some(pepper.id) != previous);
    let until = third.filter_map(|pepper| Some(later(pepper.ceased?, longest))).max();
    match until.filter(|until| *until > now) {
        Some(until) => Err(RegistryError::PepperInUse { until }),
        None => Ok(after),
    }
}

/// The moment after `by`, or the last one that there is, rounded up to a second.
fn later(moment: UtcDateTime, by: Duration) -> UtcDateTime {
    let seconds = moment.unix_timestamp_nanos().saturating_add_unsigned(by.as_nanos());
    let seconds =
        i64::try_from(seconds.div_euclid(NANOS) + i128::from(seconds.rem_euclid(NANOS) > 0));
    seconds
        .ok()
        .and_then(|at| UtcDateTime::from_unix_timestamp(at).ok())
        .unwrap_or(UtcDateTime::MAX)
}

const NANOS: i128 = 1_000_000_000;
