//! Where an issuer keeps what it minted: digests and facts. Through this interface no byte of a token can pass.

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod feed;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod settle;
#[cfg(feature = "sqlite")]
#[cfg_attr(not(feature = "__test"), allow(unreachable_pub))]
pub(crate) mod sqlite;

use std::{
    future::{Future, ready},
    pin::Pin,
    sync::Weak,
    time::Duration,
};

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};

pub use error::RegistryError;
pub use feed::{Answer, Feed, Pruned, Read, Revoked, Rule, Snapshot};
pub use memory::Memory;
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresOptions};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;

use crate::{
    digest::{Digest, Digests, PepperId},
    row::{Row, Unfit},
};

/// A future that a registry returns: boxed, so that [`Registry`] can be a trait object.
pub type Boxed<'r, T> = Pin<Box<dyn Future<Output = Result<T, RegistryError>> + Send + 'r>>;

/// Where an issuer keeps what it minted, and what verifiers ask.
///
/// An implementation must hold to what the methods say; the suite in `conformance` (feature `conformance`) tries it. All changes are
/// **durable when their future is ready**, and each is one transaction. A future that is dropped before may have changed
/// the registry or not.
///
/// # The epoch
///
/// One [`Epoch`] counts the revocations. Each revocation takes the next number, writes a **new random mark**, and
/// both stand in the history with what was revoked. The transactions that do so exclude each other, so numbers are committed in
/// their order. Each reading method returns an [`Answer`] that was read **in the same snapshot** as the rest of what it
/// returns, or in an earlier one.
pub trait Registry: Send + Sync {
    /// Adds the row of a token that was minted, or narrowed if [`Row::parent`] is set. [`Row::born`] becomes the number of
    /// the epoch, in the same transaction, or that of the parent's row. What `row` says of it, and of
    /// [`state`](Row::state) and [`last_used`](Row::last_used), is ignored: it is alive, and was never used.
    ///
    /// For a narrowed token the parent's row is read and locked in this transaction, rules included, and
    /// [`Row::check_below`] decides. A revocation of the parent therefore comes before, and the child is refused, or after,
    /// and finds the child.
    fn insert(&self, digest: Digest, row: Row, now: UtcDateTime) -> Boxed<'_, Result<(), Unfit>>;

    /// Revokes a token and all that descend from it, level by level: locks and marks the tokens of one level, and then finds their children
    /// in a new statement. If the token is unknown, or was revoked before, nothing changes and no number is taken, but
    /// descendants that are alive are revoked. One that was [spent](crate::State::Spent) is revoked like one that is alive: a stream that
    /// it opened may go on, and ends by it.
    fn revoke(&self, token: TokenId) -> Boxed<'_, Revoked>;

    /// Revokes all tokens that the rule matches and that were minted before this call. It is one row, whatever the number of
    /// tokens.
    fn revoke_matching(&self, rule: Rule) -> Boxed<'_, Revoked>;

    /// Says on how many servers the revocation that took this number is known to be durable, the one that made it included. `None` if
    /// that is not known, and for a registry that is no server, which is the default. It is asked soon after the revocation, by who made
    /// it.
    fn servers(&self, at: Epoch) -> Boxed<'_, Option<u32>> {
        let _ = at;
        Box::pin(ready(Ok(None)))
    }

    /// Looks for a token, and says whether it is alive: a rule that matches it makes its state
    /// [`Revoked`](crate::State::Revoked), also if it was spent.
    fn read(&self, digests: Digests, own: Epoch) -> Boxed<'_, Read>;

    /// Uses up a token that may be used once: the verifier says so, since the policy may have made a kind single-use after the token was
    /// minted, so [`Row::once`] does not matter here. In one transaction the token becomes [`Spent`](crate::State::Spent) if it is
    /// live by [`read`](Self::read), has not expired at `now`, has no audience or this one, and is bound to no build or to this one.
    /// Returns the row as it was **before**: whoever finds all of that true of it has used it. Of all who try at the same time, in
    /// whatever process, one does.
    fn spend(
        &self,
        digests: Digests,
        own: Epoch,
        audience: Option<&str>,
        build: Option<SourceDigest>,
        now: UtcDateTime,
    ) -> Boxed<'_, Read>;

    /// Says what was revoked after `own`, in the order of the numbers, all of one number together. It may stop after some
    /// 1,000 tokens; [`Feed::listed`] says how far it got.
    fn poll(&self, own: Epoch) -> Boxed<'_, Feed>;

    /// How often [`poll`](Self::poll) is worth its price.
    fn poll_interval(&self) -> Duration {
        Duration::from_millis(250)
    }

    /// Asks the registry to call `wake` when something was revoked, for as long as somebody else has it: then
    /// [`poll`](Self::poll) has something new. It must not take time. It may be called in vain, or never, as by default: it makes a
    /// revocation faster, and nothing may depend on it.
    fn on_revocation(&self, wake: Weak<dyn Fn() + Send + Sync>) {
        drop(wake);
    }

    /// Returns the epoch, and up to `limit` live tokens that have not expired at `now`, those that were used last first.
    fn snapshot(&self, limit: usize, now: UtcDateTime) -> Boxed<'_, Snapshot>;

    /// Notes when tokens were used last. Later moments win. Unknown tokens are left out.
    fn touch(&self, used: Vec<(TokenId, UtcDateTime)>) -> Boxed<'_, ()>;

    /// Returns the row of one token.
    fn show(&self, token: TokenId) -> Boxed<'_, Option<Row>>;

    /// Returns up to `limit` rows of tokens whose ids come after `after`, in the order of the ids. The filter is a [`Rule`]:
    /// rows that match it.
    fn list(&self, matching: Rule, after: Option<TokenId>, limit: usize) -> Boxed<'_, Vec<Row>>;

    /// Returns up to `limit` rows of tombstones, rules included, that this log opened and that are not [closed](Self::close)
    /// yet.
    fn unclosed(&self, log: &str, limit: usize) -> Boxed<'_, Vec<Row>>;

    /// Notes that the log has the end of these tokens on record.
    fn close(&self, tokens: Vec<TokenId>) -> Boxed<'_, ()>;

    /// Forgets the rows of tokens that expired before `expired_before`, and of the history what concerns only them. That
    /// raises [`Answer::pruned_to`]. The last entry of the history stays.
    fn prune(&self, expired_before: UtcDateTime) -> Boxed<'_, Pruned>;

    /// Takes `current` as the pepper of what is minted from now on. The registry keeps the names of those that were current, and when
    /// they ceased to be.
    ///
    /// Refuses with [`PepperInUse`](RegistryError::PepperInUse) if a third pepper ceased to be current less than
    /// `longest` ago, since its tokens would no longer be found.
    fn use_pepper(
        &self,
        current: PepperId,
        previous: Option<PepperId>,
        now: UtcDateTime,
        longest: Duration,
    ) -> Boxed<'_, ()>;
}
