//! The data of a token, on the heap and without the type of its kind.

use alloc::boxed::Box;
use core::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::recording::Recording;
use crate::{
    Error,
    clock::{self, Now, Time},
    error::{ExpiredBy, Refusal, ValidUntil},
    id::TokenId,
    secret::{
        Secret,
        vault::{Kept, Reading, Vault},
    },
};

/// The data of one token. It is in a box, so that a `Token` is a pointer.
///
/// Fields drop in order: the vault is wiped before `recording` notes the end.
pub(super) struct Held {
    vault: Vault,
    /// The token is expired from this wall time on, leeway included.
    expires_at: Duration,
    /// The token is expired from this monotonic time on, whatever the wall clock says.
    deadline: Duration,
    /// The token is overdue from this wall time on.
    rotate_at: Duration,
    time: Time,
    /// `None` without a recorder. It is in a box, so that a token without a recorder stays small.
    recording: Option<Box<Recording>>,
    /// `None` for a token that could be guessed.
    id: Option<TokenId>,
    /// Whether the expiry was assumed from the token policy, since the issuer said nothing.
    assumed: bool,
    /// Whether the token is newer than the deployed lock.
    behind: bool,
    /// Whether the holder ended the token, which had not been found expired before.
    ended: AtomicBool,
}

/// The result of a successful admission.
#[derive(Clone, Copy)]
pub(super) struct Admitted {
    pub(super) expires_at: Duration,
    pub(super) rotate_at: Duration,
    pub(super) assumed: bool,
    /// Whether the token is newer than the deployed lock.
    pub(super) behind: bool,
    pub(super) now: Now,
}

/// The secret of a token that was used up.
///
/// Fields drop in order: the secret is wiped before what was kept with it drops and `recording` notes the end.
pub(super) struct Spent {
    secret: Secret,
    _kept: Option<Kept>,
    recording: Option<Box<Recording>>,
}

impl Held {
    pub(super) fn new(
        (secret, kept): (Secret, Option<Kept>),
        id: Option<TokenId>,
        admitted: Admitted,
        time: Time,
        recording: Option<Recording>,
    ) -> Self {
        let Admitted { expires_at, rotate_at, assumed, behind, now } = admitted;
        let lifetime = expires_at.saturating_sub(now.wall);
        let held = Self {
            vault: Vault::new(secret, kept),
            expires_at,
            deadline: now.monotonic.saturating_add(lifetime),
            rotate_at,
            time,
            recording: recording.map(Box::new),
            id,
            assumed,
            behind,
            ended: AtomicBool::new(false),
        };
        if let Some(recording) = held.recording.as_ref().filter(|_| behind) {
            recording.behind();
        }
        held.tell_overdue(now);
        held
    }

    /// `scopes` are the scopes that the operation requires, for the record.
    #[inline]
    pub(super) fn expose(
        &self,
        kind: &'static str,
        scopes: &'static [&'static str],
    ) -> Result<Reading<'_>, Error> {
        let Some(reading) = self.vault.read() else {
            return Err(self.expired(kind, None));
        };
        if let Some(by) = self.use_for(scopes) {
            drop(reading);
            return Err(self.expire(kind, by));
        }
        Ok(reading)
    }

    pub(super) fn spend(
        self,
        kind: &'static str,
        scopes: &'static [&'static str],
    ) -> Result<Spent, Error> {
        // After a refusal the token is dropped, so it is wiped whoever exposes it.
        let until = self.valid_until();
        let refused = |by| Refusal::Expired { kind, until, by, wiped: true };
        if self.is_ended() {
            return Err(Refusal::Ended { kind, wiped: true }.into());
        }
        if !self.vault.is_live() {
            return Err(refused(None).into());
        }
        if let Some(by) = self.use_for(scopes) {
            self.close();
            return Err(refused(Some(by)).into());
        }
        let (secret, _kept) = self.vault.into_secret().ok_or(refused(None))?;
        let spent = Spent { secret, _kept, recording: self.recording };
        if let Some(recording) = &spent.recording {
            recording.report();
        }
        Ok(spent)
    }

    /// Looks, and changes nothing.
    #[inline]
    pub(super) fn is_valid(&self) -> bool {
        let now = self.time.now();
        now.wall < self.expires_at && now.monotonic < self.deadline && self.vault.is_live()
    }

    pub(super) fn id(&self) -> Option<TokenId> {
        self.id
    }

    pub(super) fn expires_at(&self) -> Duration {
        self.expires_at
    }

    pub(super) fn rotate_at(&self) -> Duration {
        self.rotate_at
    }

    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    pub(super) fn is_overdue(&self) -> bool {
        self.time.now().wall >= self.rotate_at
    }

    pub(super) fn remaining(&self) -> Duration {
        if self.vault.read().is_none() {
            // The token was found expired before, whatever the clocks say now.
            return Duration::ZERO;
        }
        if self.expires_at == NEVER {
            return NEVER;
        }
        let now = self.time.now();
        let by_wall = self.expires_at.saturating_sub(now.wall);
        let remaining = by_wall.min(self.deadline.saturating_sub(now.monotonic));
        if remaining.is_zero() {
            self.close();
        }
        remaining
    }

    pub(super) fn replaced_by(&self, successor: Option<TokenId>) {
        if let Some(recording) = &self.recording {
            recording.replaced_by(successor);
        }
    }

    pub(super) fn end(&self) {
        if self.vault.is_live() {
            // Before the vault is closed, so that whoever finds it closed finds the reason too.
            self.ended.store(true, Ordering::SeqCst);
        }
        self.vault.close();
        if let Some(recording) = &self.recording {
            recording.ended();
        }
    }

    fn is_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Counts one use if the token is valid and a recorder is set. Returns the clock by which the token has expired.
    #[inline]
    fn use_for(&self, scopes: &'static [&'static str]) -> Option<ExpiredBy> {
        let now = self.time.now();
        if now.wall >= self.expires_at {
            return Some(ExpiredBy::Wall);
        }
        if now.monotonic >= self.deadline {
            return Some(ExpiredBy::Monotonic);
        }
        if let Some(recording) = &self.recording {
            recording.used(scopes, now.monotonic);
            self.tell_overdue(now);
        }
        None
    }

    /// Puts on record, once, that the token is overdue.
    #[inline]
    fn tell_overdue(&self, now: Now) {
        if now.wall >= self.rotate_at
            && let Some(recording) = &self.recording
        {
            recording.overdue();
        }
    }

    #[cold]
    fn expire(&self, kind: &'static str, by: ExpiredBy) -> Error {
        self.close();
        self.expired(kind, Some(by))
    }

    /// Wipes the token, which was found expired.
    #[cold]
    fn close(&self) {
        self.vault.close();
        if let Some(recording) = &self.recording {
            recording.expired();
        }
    }

    /// Why the closed token is not exposed. `by` is `None` if it was not found expired now.
    #[cold]
    fn expired(&self, kind: &'static str, by: Option<ExpiredBy>) -> Error {
        let (until, wiped) = (self.valid_until(), self.vault.is_wiped());
        match self.is_ended() {
            true => Refusal::Ended { kind, wiped }.into(),
            false => Refusal::Expired { kind, until, by, wiped }.into(),
        }
    }

    fn valid_until(&self) -> ValidUntil {
        ValidUntil { moment: clock::moment(self.expires_at), assumed: self.assumed }
    }
}

/// The time at which a token expires that never does, or is overdue that never is.
pub(super) const NEVER: Duration = Duration::MAX;

impl Spent {
    pub(super) fn bytes(&self) -> &[u8] {
        self.secret.bytes()
    }
}
