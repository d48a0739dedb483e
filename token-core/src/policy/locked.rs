//! Where a token stands in the lock: is it the current one, the previous one, a newer one, or none of the lock?

use alloc::{
    boxed::Box,
    string::{String, ToString},
};
use core::time::Duration;

use token_policy::lock::{LockedToken, SlotName};

use super::Locked;
use crate::{
    Error, TokenId, clock,
    digest::AssuranceLevel,
    error::{LockDrift, Refusal},
    scope::CompiledKind,
};

/// The facts about a token that is to be admitted.
pub(crate) struct Facts {
    /// `None` for a token that could be guessed.
    pub(crate) id: Option<TokenId>,
    /// When it expires, without leeway; `None` for never.
    pub(crate) expires: Option<Duration>,
    /// Whether the issuer said when, to the second.
    pub(crate) is_exact: bool,
    /// Which token of its slot it is, if the grant says so.
    pub(crate) generation: Option<u64>,
    /// The wall time.
    pub(crate) now: Duration,
}

impl Locked {
    /// Compares a token with the lock. Returns whether the lock is behind: the token is newer.
    ///
    /// A token that is not in the lock is newer if its grant gives a higher generation or, where it gives none, if it expires
    /// later than the current one. A token without an end has no such order, and neither has one in an empty slot: it
    /// counts as newer.
    pub(crate) fn compare(&self, kind: &CompiledKind, token: &Facts) -> Result<bool, Error> {
        let environment = self.rules();
        let unfit = Unfit { kind: kind.name, environment: environment.name };
        let Some(slot) = environment.slots.iter().find(|slot| slot.kind.is(kind)) else {
            let next = "declare the kind in the policy, with this environment";
            return Err(unfit.token(("slot", "absent", "wanted by its kind"), next));
        };
        if slot.ephemeral {
            return Ok(false);
        }
        let Some(id) = token.id else {
            let next = "a lock names tokens by their ids, and one that could be guessed has none: replace it";
            return Err(
                unfit.token(("id", "wanted", "none, since the token could be guessed"), next)
            );
        };
        let is_behind = self.look(|lock| {
            let slot = lock.slot(kind.name, environment.name);
            let lines = slot.map(|slot| [slot.current.as_ref(), slot.previous.as_ref()]);
            let [current, previous] = lines.unwrap_or_default().map(|entry| entry?.token.as_ref());
            let mut lines = current.into_iter().chain(previous);
            match (lines.find(|line| line.id == *id.as_bytes()), current) {
                (Some(line), _) => unfit.same(line, token).map(|()| false),
                (None, Some(current)) => unfit.newer(current, token, id).map(|()| true),
                (None, None) => Ok(true),
            }
        })?;
        match is_behind && environment.strict {
            true => {
                Err(Refusal::BehindLock { kind: kind.name, environment: environment.name }.into())
            }
            false => Ok(is_behind),
        }
    }
}

/// The slot in which something does not fit.
pub(super) struct Unfit {
    pub(super) kind: &'static str,
    pub(super) environment: &'static str,
}

impl Unfit {
    /// A fact, what the lock says, and what was found.
    pub(super) fn fact(
        &self,
        (fact, locked, found): (&'static str, &str, &str),
        next: &'static str,
    ) -> Box<LockDrift> {
        LockDrift::of(SlotName::new(self.kind, self.environment), (fact, locked, found), next)
    }

    /// Refuses a token because of a fact.
    fn token(&self, fact: (&'static str, &str, &str), next: &'static str) -> Error {
        Refusal::NotLocked(self.fact(fact, next)).into()
    }

    /// Checks the token of a line.
    fn same(&self, locked: &LockedToken, token: &Facts) -> Result<(), Error> {
        let expires = locked.expires.map(clock::since_epoch);
        let found = token.expires.map(whole);
        if token.is_exact && expires != found {
            let next =
                "check that the grant and the lock are about one token, then run `tokenctl lock`";
            return Err(self.token(("expires", &seconds(expires), &seconds(found)), next));
        }
        if let Some(found) = token.generation.filter(|found| *found != locked.generation) {
            let (locked, found) = (locked.generation.to_string(), found.to_string());
            return Err(self.token(("generation", &locked, &found), "run `tokenctl lock`"));
        }
        match locked.retire_after.map(clock::since_epoch).filter(|end| *end <= token.now) {
            Some(end) => {
                let next = "load the current token; this one was replaced, and its overlap is over";
                Err(self
                    .token(("retire_after", &seconds(Some(end)), &seconds(Some(token.now))), next))
            }
            None => Ok(()),
        }
    }

    /// Checks that a token which is in no line is newer than the current one.
    fn newer(&self, current: &LockedToken, token: &Facts, id: TokenId) -> Result<(), Error> {
        let next = "load the token that the lock names; or, if this one was made by a rotation, deploy the lock of that rotation";
        if let Some(found) = token.generation {
            return match found > current.generation {
                true => Ok(()),
                false => {
                    let locked = current.generation.to_string();
                    Err(self.token(("generation", &locked, &found.to_string()), next))
                }
            };
        }
        match (current.expires.map(clock::since_epoch), token.expires.map(whole)) {
            (Some(locked), Some(found)) if found <= locked => {
                let locked = TokenId::from_bytes(current.id).to_string();
                Err(self.token(("id", &locked, &id.to_string()), next))
            }
            _ => Ok(()),
        }
    }
}

impl LockDrift {
    /// A fact, what the lock says, and what was found.
    pub(super) fn of(
        slot: Option<SlotName>,
        (fact, locked, found): (&'static str, &str, &str),
        next: &'static str,
    ) -> Box<Self> {
        let (locked, found) = (locked.into(), found.into());
        Box::new(Self { slot, fact, locked, found, assurance: None, next })
    }

    /// How well it is known what was found.
    pub(super) fn known(mut self: Box<Self>, level: AssuranceLevel) -> Box<Self> {
        self.assurance = Some(level.0);
        self
    }
}

fn whole(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(
        || "never".into(),
        |time| {
            i64::try_from(time.as_secs())
                .ok()
                .and_then(|time| time::UtcDateTime::from_unix_timestamp(time).ok())
                .map_or_else(|| "far away".into(), |time| time.to_string())
        },
    )
}
