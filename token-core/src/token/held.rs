//! What a token holds on the heap, without its type.

use core::time::Duration;

use super::{
    now::Now,
    watch::{Apart, Watch},
};
use crate::{
    Error,
    error::Refusal,
    id::TokenId,
    secret::{
        Secret,
        vault::{Reading, Vault},
    },
};

/// One per token, so that a `Token` is a pointer and its address is stable.
pub(super) struct Held {
    /// Stands before the watch, so that it is wiped before the end is recorded.
    vault: Vault,
    /// Expired from this wall time on, leeway included.
    expires_at: Duration,
    /// Expired from this monotonic time on, whatever the wall clock says.
    deadline: Duration,
    watch: Watch,
    id: TokenId,
}

/// What admission found.
#[derive(Clone, Copy)]
pub(super) struct Admitted {
    pub(super) expires_at: Duration,
    pub(super) now: Now,
}

/// The secret of a token that was used up.
pub(super) struct Spent {
    /// Stands before the watch, so that it is wiped before the end is recorded.
    secret: Secret,
    watch: Watch,
}

impl Held {
    pub(super) fn new(secret: Secret, id: TokenId, admitted: Admitted, watch: Watch) -> Self {
        let Admitted { expires_at, now } = admitted;
        let lifetime = expires_at.saturating_sub(now.wall);
        Self {
            vault: Vault::new(secret),
            expires_at,
            deadline: now.monotonic.saturating_add(lifetime),
            watch,
            id,
        }
    }

    /// `scopes` are the operation's, for the record.
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
        let (secret, watch) = (self.vault.into_secret().filter(|_| valid), self.watch);
        let Some(secret) = secret else {
            if let Some(recording) = watch.recording() {
                recording.expired();
            }
            return Err(Refusal::Expired { kind }.into());
        };
        let spent = Spent { secret, watch };
        if let Some(recording) = spent.watch.recording() {
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
            return Duration::ZERO; // Whatever the clocks say since.
        }
        let now = self.watch.now();
        let by_wall = self.expires_at.saturating_sub(now.wall);
        by_wall.min(self.deadline.saturating_sub(now.monotonic))
    }

    /// If it is not, a use for `scopes` is counted, where somebody counts.
    #[inline]
    fn is_expired_for(&self, scopes: &'static [&'static str]) -> bool {
        match &self.watch {
            #[cfg(feature = "std")]
            Watch::System => self.is_expired_at(Now::read(&crate::clock::SystemClock)),
            Watch::Apart(apart) => self.is_expired_apart(apart, scopes),
        }
    }

    #[inline]
    fn is_expired_at(&self, now: Now) -> bool {
        now.wall >= self.expires_at || now.monotonic >= self.deadline
    }

    /// Out of line, so that the common case pays nothing for it.
    #[inline(never)]
    fn is_expired_apart(&self, apart: &Apart, scopes: &'static [&'static str]) -> bool {
        let now = apart.now();
        let expired = self.is_expired_at(now);
        if let (false, Some(recording)) = (expired, apart.recording()) {
            recording.used(scopes, now.monotonic);
        }
        expired
    }

    #[cold]
    fn expire(&self, kind: &'static str) -> Error {
        self.vault.close();
        if let Some(recording) = self.watch.recording() {
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
