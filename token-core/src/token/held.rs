//! What a token holds on the heap, without its type.

use alloc::sync::Arc;
use core::time::Duration;

use crate::{
    Error,
    clock::Clock,
    error::Refusal,
    id::TokenId,
    secret::{
        Secret,
        vault::{Reading, Vault},
    },
};

/// One per token, so that a `Token` is a pointer and its address is stable.
pub(super) struct Held {
    vault: Vault,
    /// Expired from this wall time on, leeway included.
    expires_at: Duration,
    /// Expired from this monotonic time on, whatever the wall clock says.
    deadline: Duration,
    time: Time,
    id: TokenId,
}

/// What admission found.
#[derive(Clone, Copy)]
pub(super) struct Admitted {
    pub(super) expires_at: Duration,
    pub(super) now: Now,
}

/// One reading of both clocks.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) wall: Duration,
    pub(super) monotonic: Duration,
}

/// The clock of one token.
pub(super) enum Time {
    /// Not behind a pointer, so that the common case is inlined.
    #[cfg(feature = "std")]
    System,
    Given(Arc<dyn Clock>),
}

impl Time {
    #[inline]
    pub(super) fn now(&self) -> Now {
        match self {
            #[cfg(feature = "std")]
            Self::System => Now::read(&crate::clock::SystemClock),
            Self::Given(clock) => Now::read_given(clock),
        }
    }

    fn ahead_by(&self) -> Duration {
        match self {
            #[cfg(feature = "std")]
            Self::System => crate::clock::SystemClock.ahead_by(),
            Self::Given(clock) => clock.ahead_by(),
        }
    }
}

impl Now {
    /// The earliest that the wall clock may truly show.
    pub(super) fn at_the_earliest(&self, time: &Time) -> Duration {
        self.wall.saturating_sub(time.ahead_by())
    }

    /// Apart, so that the common case pays nothing for it.
    #[inline(never)]
    fn read_given(clock: &Arc<dyn Clock>) -> Self {
        Self::read(&**clock)
    }

    #[inline]
    fn read(clock: &(impl Clock + ?Sized)) -> Self {
        // In this order, so that a pause in between shortens what is left.
        let monotonic = clock.monotonic();
        Self { wall: clock.wall(), monotonic }
    }
}

impl Held {
    pub(super) fn new(secret: Secret, admitted: Admitted, time: Time) -> Self {
        let Admitted { expires_at, now } = admitted;
        let lifetime = expires_at.saturating_sub(now.wall);
        Self {
            id: TokenId::of(secret.bytes()),
            vault: Vault::new(secret),
            expires_at,
            deadline: now.monotonic.saturating_add(lifetime),
            time,
        }
    }

    #[inline]
    pub(super) fn expose(&self, kind: &'static str) -> Result<Reading<'_>, Error> {
        let Some(reading) = self.vault.read() else {
            return Err(Refusal::Expired { kind }.into());
        };
        if self.is_expired() {
            drop(reading);
            return Err(self.expire(kind));
        }
        Ok(reading)
    }

    pub(super) fn spend(self, kind: &'static str) -> Result<Secret, Error> {
        let expired = self.is_expired();
        let secret = self.vault.into_secret().filter(|_| !expired);
        secret.ok_or_else(|| Refusal::Expired { kind }.into())
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
        let now = self.time.now();
        let by_wall = self.expires_at.saturating_sub(now.wall);
        by_wall.min(self.deadline.saturating_sub(now.monotonic))
    }

    #[inline]
    fn is_expired(&self) -> bool {
        let now = self.time.now();
        now.wall >= self.expires_at || now.monotonic >= self.deadline
    }

    #[cold]
    fn expire(&self, kind: &'static str) -> Error {
        self.vault.close();
        Refusal::Expired { kind }.into()
    }
}
