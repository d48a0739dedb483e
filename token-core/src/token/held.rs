//! The data of a token, on the heap and without the type of its kind.

use alloc::boxed::Box;
use core::time::Duration;

use super::recording::Recording;
use crate::{
    Error,
    clock::{Now, Time},
    error::Refusal,
    id::TokenId,
    secret::{
        Secret,
        vault::{Reading, Vault},
    },
};

/// The data of one token. It is in a box, so that a `Token` is a pointer and the vault has a stable address.
///
/// Fields drop in order: the vault is wiped before `recording` notes the end.
pub(super) struct Held {
    vault: Vault,
    /// The token is expired from this wall time on, leeway included.
    expires_at: Duration,
    /// The token is expired from this monotonic time on, whatever the wall clock says.
    deadline: Duration,
    time: Time,
    /// `None` without a recorder. It is in a box, so that a token without a recorder stays small.
    recording: Option<Box<Recording>>,
    id: TokenId,
}

/// The result of a successful admission.
#[derive(Clone, Copy)]
pub(super) struct Admitted {
    pub(super) expires_at: Duration,
    pub(super) now: Now,
}

/// The secret of a token that was used up.
///
/// Fields drop in order: the secret is wiped before `recording` notes the end.
pub(super) struct Spent {
    secret: Secret,
    recording: Option<Box<Recording>>,
}

impl Held {
    pub(super) fn new(
        secret: Secret,
        id: TokenId,
        admitted: Admitted,
        time: Time,
        recording: Option<Recording>,
    ) -> Self {
        let Admitted { expires_at, now } = admitted;
        let lifetime = expires_at.saturating_sub(now.wall);
        Self {
            vault: Vault::new(secret),
            expires_at,
            deadline: now.monotonic.saturating_add(lifetime),
            time,
            recording: recording.map(Box::new),
            id,
        }
    }

    /// `scopes` are the scopes that the operation requires, for the record.
    #[inline]
    pub(super) fn expose(
        &self,
        kind: &'static str,
        scopes: &'static [&'static str],
    ) -> Result<Reading<'_>, Error> {
        let Some(reading) = self.vault.read() else {
            return Err(Refusal::Expired { kind }.into());
        };
        if self.is_expired_for(scopes) {
            drop(reading);
            return Err(self.expire(kind));
        }
        Ok(reading)
    }

    pub(super) fn spend(
        self,
        kind: &'static str,
        scopes: &'static [&'static str],
    ) -> Result<Spent, Error> {
        let valid = self.vault.is_live() && !self.is_expired_for(scopes);
        let (secret, recording) = (self.vault.into_secret().filter(|_| valid), self.recording);
        let Some(secret) = secret else {
            if let Some(recording) = &recording {
                recording.expired();
            }
            return Err(Refusal::Expired { kind }.into());
        };
        let spent = Spent { secret, recording };
        if let Some(recording) = &spent.recording {
            recording.report();
        }
        Ok(spent)
    }

    pub(super) fn id(&self) -> TokenId {
        self.id
    }

    pub(super) fn expires_at(&self) -> Duration {
        self.expires_at
    }

    pub(super) fn remaining(&self) -> Duration {
        if !self.vault.is_live() {
            // The token was found expired before, whatever the clocks say now.
            return Duration::ZERO;
        }
        let now = self.time.now();
        let by_wall = self.expires_at.saturating_sub(now.wall);
        by_wall.min(self.deadline.saturating_sub(now.monotonic))
    }

    /// Also counts one use for `scopes` if the token is valid and a recorder is set.
    #[inline]
    fn is_expired_for(&self, scopes: &'static [&'static str]) -> bool {
        let now = self.time.now();
        if now.wall >= self.expires_at || now.monotonic >= self.deadline {
            return true;
        }
        if let Some(recording) = &self.recording {
            recording.used(scopes, now.monotonic);
        }
        false
    }

    #[cold]
    fn expire(&self, kind: &'static str) -> Error {
        self.vault.close();
        if let Some(recording) = &self.recording {
            recording.expired();
        }
        Refusal::Expired { kind }.into()
    }
}

impl Spent {
    pub(super) fn bytes(&self) -> &[u8] {
        self.secret.bytes()
    }
}
