//! What the issuer and its thread both use.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use token_core::{
    Clock, Secret, TokenId,
    policy::CompiledPolicy,
    record::{Event, Log, Receipt},
    scope::CompiledKind,
};

use crate::{
    Registry,
    deadline::Deadline,
    digest::{Digest, Peppers},
    error::{Cause, Error, Place},
    registry::Boxed,
};

pub(super) struct Shared {
    pub(super) policy: &'static CompiledPolicy,
    pub(super) registry: Arc<dyn Registry>,
    pub(super) log: Arc<dyn Log>,
    pub(super) clock: Arc<dyn Clock>,
    /// Who does what nobody asked for, such as to revoke a token that was dropped.
    pub(super) actor: Option<String>,
    pub(super) peppers: Peppers,
    /// Whether the peppers are not known, so that nothing may be minted or looked up by a digest.
    pub(super) only_revokes: bool,
    pub(super) deadline: Duration,
    /// Tokens that a call is revoking and will put on record with its actor and reason, so that the thread leaves them to it;
    /// and how many calls.
    pub(super) in_hand: Mutex<HashMap<TokenId, usize>>,
    /// Set while the registry is one with another history than the one that the issuer started on: how far that had come, and
    /// how far this one has.
    pub(super) other_history: Mutex<Option<(u64, u64)>>,
}

impl Shared {
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.deadline)
    }

    /// Waits for the log.
    pub(super) async fn recorded(
        &self,
        event: Event,
        deadline: Deadline,
    ) -> Result<Receipt, Error> {
        match deadline.wait(self.log.submit(event)).await {
            Some(receipt) => receipt.map_err(|error| Cause::NotRecorded(error).into()),
            None => Err(late(Place::Log, deadline)),
        }
    }

    /// Waits for the registry.
    pub(super) async fn asked<T>(
        &self,
        answer: Boxed<'_, T>,
        deadline: Deadline,
    ) -> Result<T, Error> {
        match deadline.wait(answer).await {
            Some(answer) => answer.map_err(|error| Cause::Registry(error).into()),
            None => Err(late(Place::Registry, deadline)),
        }
    }

    /// Fails if it was said that no digest is needed.
    pub(super) fn check_digests(&self) -> Result<(), Error> {
        match self.only_revokes {
            false => Ok(()),
            true => Err(Cause::OnlyRevokes.into()),
        }
    }

    pub(super) fn check_kind(&self, kind: &'static CompiledKind) -> Result<(), Error> {
        let is_ours = kind.policy == Some(self.policy.digest)
            && self.policy.kinds.iter().any(|own| own.name == kind.name);
        match is_ours {
            true => Ok(()),
            false => Err(Cause::UnknownKind { kind: kind.name, policy: self.policy.file }.into()),
        }
    }

    /// A generated token always has an id.
    pub(super) fn id_of(&self, secret: &Secret) -> Result<TokenId, Error> {
        let id = secret.with_bytes("names a new token", TokenId::of);
        id.ok_or_else(|| Cause::NoEntropy { kind: std::io::ErrorKind::InvalidData }.into())
    }

    pub(super) fn digest_of(&self, secret: &Secret) -> Digest {
        let plain = secret.with_bytes("names a new token in the registry", Digest::of);
        self.peppers.over(plain).current()
    }

    /// The event of something that nobody asked for.
    pub(super) fn signed(&self, event: Event, reason: &str) -> Event {
        let event = event.reason(Cow::Owned(reason.to_owned()));
        match &self.actor {
            Some(actor) => event.actor(actor.clone()),
            None => event,
        }
    }

    pub(super) fn other_history(&self) -> MutexGuard<'_, Option<(u64, u64)>> {
        self.other_history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn in_hand<T>(&self, look: impl FnOnce(&mut HashMap<TokenId, usize>) -> T) -> T {
        look(&mut self.in_hand.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) fn late(place: Place, deadline: Deadline) -> Error {
    Cause::Late { place, deadline: deadline.whole }.into()
}
