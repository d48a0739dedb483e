//! What a verifier vouches for.

use alloc::sync::Arc;
use core::fmt;

use time::UtcDateTime;

use super::{Caller, Deadline, Refused, Subject};
use crate::{
    AnyScopeSet, Clock, SourceDigest, TokenId,
    clock::{self, Time},
    scope::{CompiledKind, Kinds},
};

/// What a verifier has found out about a presented token, before it vouches for it.
#[derive(Clone, Debug)]
#[must_use = "nobody is vouched for yet"]
pub struct Verified(AnyCaller);

/// Who presented a verified token of whatever kind. [`of_kind`](Self::of_kind) makes a [`Caller<K>`] of it.
#[derive(Clone)]
pub struct AnyCaller {
    token: TokenId,
    scopes: AnyScopeSet,
    deadline: Deadline,
    parent: Option<TokenId>,
    subject: Option<Subject>,
    audience: Option<Arc<str>>,
    build: Option<Arc<SourceDigest>>,
    time: Time,
}

impl Verified {
    /// The token with this id carries `scopes` and is valid until `deadline`, by the system's clocks.
    #[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
    #[inline]
    pub fn new(token: TokenId, scopes: AnyScopeSet, deadline: Deadline) -> Self {
        Self::on(token, scopes, deadline, Time::System)
    }

    /// The token with this id carries `scopes` and is valid until `deadline`, by the given clock.
    #[inline]
    pub fn with_clock(
        token: TokenId,
        scopes: AnyScopeSet,
        deadline: Deadline,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::on(token, scopes, deadline, Time::Given(clock))
    }

    #[inline]
    fn on(token: TokenId, scopes: AnyScopeSet, deadline: Deadline, time: Time) -> Self {
        let (parent, subject, audience, build) = (None, None, None, None);
        Self(AnyCaller { token, scopes, deadline, parent, subject, audience, build, time })
    }

    /// The token acts on behalf of `subject`.
    #[inline]
    pub fn subject(mut self, subject: impl Into<Subject>) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// The token is meant for `audience`, which is this service: a verifier refuses all others.
    #[inline]
    pub fn audience(mut self, audience: impl Into<Arc<str>>) -> Self {
        self.0.audience = Some(audience.into());
        self
    }

    /// The token is bound to `build`, which the caller says he is: a verifier refuses all others.
    #[inline]
    pub fn build(mut self, build: impl Into<Arc<SourceDigest>>) -> Self {
        self.0.build = Some(build.into());
        self
    }

    /// The token was narrowed from the one with this id.
    #[inline]
    pub fn parent(mut self, parent: TokenId) -> Self {
        self.0.parent = Some(parent);
        self
    }

    /// Vouches for the token: whoever calls this says that **at this moment** the issuer's registry knew the token, that
    /// it was neither revoked nor expired, and that kind, scopes and subject are what the registry says. It says nothing
    /// about later; that is why a [`Caller`] is asked for its expiry at each [`authorize`](Caller::authorize), and why
    /// long work asks [`Verify::recheck`](super::Verify::recheck).
    ///
    /// This is the only way to make a caller. A review of who may come in is a search for `.vouch()`.
    #[must_use]
    #[inline]
    pub fn vouch(self) -> AnyCaller {
        self.0
    }
}

impl AnyCaller {
    /// The same caller, if his token is of kind `K`, or of one of the kinds of a tuple.
    ///
    /// # Errors
    ///
    /// [`WrongKind`](Refused::WrongKind).
    #[inline]
    pub fn of_kind<K: Kinds>(self) -> Result<Caller<K>, Refused> {
        match K::has((self.kind().ty)()) {
            true => Ok(Caller::of(self)),
            false => Err(Refused::WrongKind { kind: self.kind().name }),
        }
    }

    /// The id of the token: safe to log.
    #[must_use]
    pub const fn token(&self) -> TokenId {
        self.token
    }

    /// The token's kind.
    #[must_use]
    pub const fn kind(&self) -> &'static CompiledKind {
        self.scopes.kind()
    }

    /// The scopes that this token carries: as many as its kind, or fewer.
    #[must_use]
    pub const fn scopes(&self) -> &AnyScopeSet {
        &self.scopes
    }

    /// On whose behalf the token acts.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_ref().map(Subject::as_str)
    }

    /// Whom the token is meant for.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// The build that the token is bound to, which the caller says he is. `None` if the token is bound to none, whatever the
    /// caller says.
    ///
    /// It is **asserted**: see [`Presented::by_build`](super::Presented::by_build).
    #[must_use]
    pub fn build(&self) -> Option<&SourceDigest> {
        self.build.as_deref()
    }

    /// The token that this one was narrowed from.
    #[must_use]
    pub const fn parent(&self) -> Option<TokenId> {
        self.parent
    }

    /// When the token expires, by the wall clock.
    #[must_use]
    pub fn expires_at(&self) -> UtcDateTime {
        clock::moment(self.deadline.wall)
    }

    /// Until when the token is valid, by both clocks.
    #[must_use]
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }

    #[inline]
    pub(super) fn is_expired(&self) -> bool {
        self.deadline.is_past_at(self.time.now())
    }
}

impl fmt::Debug for AnyCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("kind", &self.kind().name)
            .field("token", &self.token)
            .field("scopes", &self.scopes)
            .field("subject", &self.subject)
            .field("build", &self.build)
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}
