//! What an operator asks: facts about tokens, never a byte of one.

use std::time::Duration;

use token_core::{Clock, TokenId, UtcDateTime};

use super::Issuer;
use crate::{
    error::Error,
    mint::draft::moment,
    registry::{Pruned, Rule},
    row::{LONGEST_STREAM, Row},
};

impl Issuer {
    /// Returns what the registry knows of a token. `None` if it was never minted, or was forgotten.
    ///
    /// # Errors
    ///
    /// The registry fails.
    pub async fn show(&self, token: TokenId) -> Result<Option<Row>, Error> {
        let shared = self.shared();
        shared.asked(shared.registry.show(token), shared.deadline()).await
    }

    /// Returns up to `limit` rows that match the rule, tombstones included, in the order of their ids. For the next page give
    /// the id of the last row.
    ///
    /// # Errors
    ///
    /// The registry fails.
    pub async fn list(
        &self,
        matching: Rule,
        after: Option<TokenId>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let shared = self.shared();
        shared.asked(shared.registry.list(matching, after, limit), shared.deadline()).await
    }

    /// Has the registry forget tokens that expired more than sixteen minutes ago: the longest leeway of a policy, and
    /// [`LONGEST_STREAM`](crate::LONGEST_STREAM). Call it now and then, such as every hour. A verifier that did not ask the registry for so long forgets all it knows.
    ///
    /// # Errors
    ///
    /// The registry fails.
    pub async fn prune(&self) -> Result<Pruned, Error> {
        let shared = self.shared();
        let before = expired_before(&*shared.clock);
        shared.asked(shared.registry.prune(before), shared.deadline()).await
    }
}

/// What expired before that has expired for everybody, and what it opened has ended.
pub(super) fn expired_before(clock: &dyn Clock) -> UtcDateTime {
    let earliest = clock.wall().saturating_sub(clock.ahead_by());
    moment(earliest.saturating_sub(LONGEST_LEEWAY).saturating_sub(LONGEST_STREAM))
}

/// A policy cannot say more.
pub(super) const LONGEST_LEEWAY: Duration = Duration::from_secs(60);
