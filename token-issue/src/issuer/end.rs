//! Ends tokens: first in the registry, so that no verifier takes them, then on record.

use std::{borrow::Cow, time::Duration};

use token_core::{
    TokenId,
    record::{Action, Epoch, Event},
};

use super::{Issuer, shared::Shared, worker::Task};
use crate::{
    deadline::Deadline,
    error::Error,
    mint::told_reason,
    registry::{Revoked, Rule},
    row::Row,
};

/// What a revocation did. The tokens are dead in the registry, whatever the log says.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "it says whether the revocation is on record"]
pub struct Revocation {
    /// How far the registry has come.
    pub at: Epoch,
    /// Whether this call revoked something: `false` if the token is unknown, has ended before, or a rule says the same.
    pub is_new: bool,
    /// How many tokens it revoked, descendants included; zero for a rule.
    pub tokens: u64,
    /// On how many servers the revocation is known to be durable, if the registry is one: [`Registry::servers`](crate::Registry::servers).
    /// One that stands on a single server is lost with it.
    pub servers: Option<u32>,
    /// Why the revocation is not on record with its actor and reason. The issuer's thread goes on trying to put the end of the
    /// tokens on record that this issuer's log opened.
    pub unrecorded: Option<Error>,
}

impl Revocation {
    /// Whether the revocation is on record, or there was nothing to record.
    #[must_use]
    pub const fn is_recorded(&self) -> bool {
        self.unrecorded.is_none()
    }
}

impl Issuer {
    /// Revokes a token and all that were narrowed from it. When it returns, that is durable, and within a second no verifier of the
    /// registry accepts one of them.
    ///
    /// A token that is unknown or has ended changes nothing, so it may be called again. `reason` goes on record; more than
    /// 1,024 bytes are cut, with a mark such as `…[1025 bytes]`, and keep nothing from being revoked.
    ///
    /// # Errors
    ///
    /// The registry fails; after a [`Timeout`](crate::ErrorKind::Timeout) or [`Unavailable`](crate::ErrorKind::Unavailable) the
    /// token may be revoked or not, so call it again. A log that fails is no error: [`Revocation::unrecorded`] tells.
    pub async fn revoke(
        &self,
        token: TokenId,
        reason: impl Into<String>,
    ) -> Result<Revocation, Error> {
        let reason = told_reason(reason.into());
        let shared = self.shared();
        let deadline = shared.deadline();
        let in_hand = InHand::new(shared, token);
        let revoked = shared.asked(shared.registry.revoke(token), deadline).await?;
        let recorded = match revoked.is_new {
            true => self.record_end(token, &revoked, reason, deadline).await,
            false => Ok(()),
        };
        drop(in_hand);
        self.inner.worker.send(Task::Look);
        Ok(self.revocation(&revoked, recorded.err(), deadline).await)
    }

    /// Revokes all tokens that a rule matches and that were minted before this call, and all that were narrowed from them.
    /// It is one row in the registry, whatever the number of tokens; the end of each that this issuer's log opened is put on
    /// record by and by.
    ///
    /// # Errors
    ///
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_matching(
        &self,
        rule: Rule,
        reason: impl Into<String>,
    ) -> Result<Revocation, Error> {
        let reason = reason.into();
        let shared = self.shared();
        let deadline = shared.deadline();
        let event = self.signed(rule_event(&rule, &reason));
        let revoked = shared.asked(shared.registry.revoke_matching(rule), deadline).await?;
        let recorded = match revoked.is_new {
            true => shared.recorded(event.epoch(revoked.at), deadline).await.map(drop),
            false => Ok(()),
        };
        self.inner.worker.send(Task::Look);
        Ok(self.revocation(&revoked, recorded.err(), deadline).await)
    }

    async fn revocation(
        &self,
        revoked: &Revoked,
        unrecorded: Option<Error>,
        deadline: Deadline,
    ) -> Revocation {
        let Revoked { at, is_new, tokens } = *revoked;
        let shared = self.shared();
        let servers = match is_new {
            // It counts, whether this is answered or not.
            true => {
                let deadline = Deadline::after(deadline.left().min(SERVERS));
                shared.asked(shared.registry.servers(at), deadline).await.ok().flatten()
            }
            false => None,
        };
        Revocation { at, is_new, tokens, servers, unrecorded }
    }

    async fn record_end(
        &self,
        token: TokenId,
        revoked: &Revoked,
        reason: String,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let shared = self.shared();
        // The row says which record opened the token.
        let row = shared.asked(shared.registry.show(token), deadline).await?;
        let event = self.signed(end_event(shared, token, row, reason)).epoch(revoked.at);
        let closes = event.action.closes().is_some();
        shared.recorded(event, deadline).await?;
        if closes {
            self.inner.worker.send(Task::Closed(token));
        }
        Ok(())
    }
}

/// The index counts in the log that opened the token. Another log's record closes nothing, and says which log it is.
fn end_event(shared: &Shared, token: TokenId, row: Option<Row>, reason: String) -> Event {
    let (kind, subject, origin) = match row {
        Some(row) => (row.kind, row.subject, row.origin),
        None => (String::new(), None, None),
    };
    let ours = origin.as_ref().filter(|origin| origin.log == shared.log.name());
    let action = Action::revoked(ours.map(|origin| origin.index));
    let mut event = Event::new(action, kind).token(token).reason(reason);
    event.subject = subject.map(Cow::Owned);
    event.origin = origin.map(|origin| Cow::Owned(origin.log));
    event
}

fn rule_event(rule: &Rule, reason: &str) -> Event {
    let which = match rule.born_before {
        Some(n) => format!("{LIMITED}{n}: {reason}"),
        None => format!("all that match: {reason}"),
    };
    let kind = rule.kind.clone().unwrap_or_default();
    let mut event = Event::new(Action::revoked(None), kind).reason(told_reason(which));
    event.subject = rule.subject.clone().map(Cow::Owned);
    event
}

/// How the record of a rule begins that counts up to a number.
pub(super) const LIMITED: &str = "all that match, minted before revocation ";

/// A token that a call is revoking: the issuer's thread leaves its end to the call, which knows actor and reason.
struct InHand<'s> {
    shared: &'s Shared,
    token: TokenId,
}

impl<'s> InHand<'s> {
    fn new(shared: &'s Shared, token: TokenId) -> Self {
        shared.in_hand(|in_hand| *in_hand.entry(token).or_default() += 1);
        Self { shared, token }
    }
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.shared.in_hand(|in_hand| {
            if let Some(calls) = in_hand.get_mut(&self.token) {
                *calls -= 1;
                if *calls == 0 {
                    in_hand.remove(&self.token);
                }
            }
        });
    }
}

/// How long to wait for the answer on how many servers a revocation stands, which is already made.
const SERVERS: Duration = Duration::from_millis(500);
