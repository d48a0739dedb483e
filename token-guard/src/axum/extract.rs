//! The extractors.

use std::{fmt, ops::Deref};

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use token_core::{Authorized, Caller, Kinds, RequireScopes, caller::Refused};

use crate::{
    Guard, NotPresented, Reason, Refusal, UntilInvalid,
    guard::{Refusing, names},
};

/// A handler's argument: the **proof** that operation `Op` is permitted to the caller, whose token is of kind `K`, or of one of the
/// kinds of a tuple. To a [`Router`](super::Router) a handler is guarded if it takes one.
///
/// It is [`Authorized`] for axum, which asks for a type of this crate. It derefs to it, so a function of the domain gets
/// `&may`:
///
/// ```
/// # token_core::policy!("../../tests/it/tokens.toml");
/// use token_core::{Authorized, RequireScopes};
/// use token_guard::axum::Proof;
///
/// #[derive(RequireScopes)]
/// #[require(scope::DeployRun)]
/// struct Start;
///
/// async fn start(may: Proof<Start, kind::Deploy>) -> String {
///     deploy(&may)
/// }
///
/// fn deploy(may: &Authorized<Start, kind::Deploy>) -> String {
///     format!("started for {}", may.subject().unwrap_or("somebody"))
/// }
/// ```
///
/// `Option<Proof<Op, K>>` is `None` for a request without credentials; bad ones are refused all the same. It proves nothing.
#[must_use = "a proof that nobody asks for proves nothing"]
pub struct Proof<Op, K>(pub Authorized<Op, K>, Guard);

/// A handler's argument: who makes the request, with a token of kind `K`, or of one of the kinds of a tuple. No scope is looked
/// at, so it is no [`Proof`].
///
/// `Option<Identified<K>>` is `None` for a request without credentials; bad ones are refused all the same.
pub struct Identified<K>(pub Caller<K>, Guard);

impl<Op, K> Proof<Op, K> {
    /// For a test that calls a handler: what was proved, and the guard that is asked how long it is valid.
    pub const fn new(authorized: Authorized<Op, K>, guard: Guard) -> Self {
        Self(authorized, guard)
    }

    /// Waits until the caller's token is no longer valid: revoked, expired, or the verifier can no longer tell.
    ///
    /// A check says nothing about later. What outlives it, such as a WebSocket or server-sent events, is ended by this, within a
    /// second of a revocation. The proof need not be kept.
    ///
    /// ```
    /// # token_core::policy!("../../tests/it/tokens.toml");
    /// # use token_core::RequireScopes;
    /// use axum::response::Response;
    /// use token_guard::{Until, axum::Proof};
    /// # #[derive(RequireScopes)]
    /// # #[require(scope::DeployRead)]
    /// # struct Watch;
    /// # fn events() -> axum::body::Body { axum::body::Body::empty() }
    ///
    /// async fn watch(may: Proof<Watch, kind::Deploy>) -> Response {
    ///     Response::new(axum::body::Body::new(Until::new(events(), may.until_invalid())))
    /// }
    /// ```
    pub fn until_invalid(&self) -> UntilInvalid {
        self.1.until_invalid(&self.0)
    }

    /// Does `work` while the token is valid. When it no longer is, `work` is dropped where it stands.
    ///
    /// # Errors
    ///
    /// Why the token is no longer valid.
    pub async fn while_valid<T>(&self, work: impl Future<Output = T>) -> Result<T, Refused> {
        self.until_invalid().end(work).await
    }
}

impl<K> Identified<K> {
    /// For a test that calls a handler: who makes the request, and the guard that is asked how long his token is valid.
    pub const fn new(caller: Caller<K>, guard: Guard) -> Self {
        Self(caller, guard)
    }

    /// As [`Proof::until_invalid`].
    pub fn until_invalid(&self) -> UntilInvalid {
        self.1.until_invalid(&self.0)
    }

    /// As [`Proof::while_valid`].
    ///
    /// # Errors
    ///
    /// Why the token is no longer valid.
    pub async fn while_valid<T>(&self, work: impl Future<Output = T>) -> Result<T, Refused> {
        self.until_invalid().end(work).await
    }
}

impl<S, Op, K> FromRequestParts<S> for Proof<Op, K>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    Op: RequireScopes,
    K: Kinds,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let guard = Guard::from_ref(state);
        let found = guard.authorize(parts).await?;
        Ok(Self(found, guard))
    }
}

impl<S, Op, K> OptionalFromRequestParts<S> for Proof<Op, K>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    Op: RequireScopes,
    K: Kinds,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        let guard = Guard::from_ref(state);
        match guard.try_authorize(parts).await {
            Ok(authorized) => Ok(Some(Self(authorized, guard))),
            Err(refusing) if is_anonymous(&refusing) => Ok(None),
            Err(refusing) => Err(guard.refuse_request(&refusing, K::ALL, names::<Op>(), parts)),
        }
    }
}

impl<S, K> FromRequestParts<S> for Identified<K>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    K: Kinds,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let guard = Guard::from_ref(state);
        let found = guard.identify(parts).await?;
        Ok(Self(found, guard))
    }
}

impl<S, K> OptionalFromRequestParts<S> for Identified<K>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    K: Kinds,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        let guard = Guard::from_ref(state);
        match guard.try_identify(parts).await {
            Ok(caller) => Ok(Some(Self(caller, guard))),
            Err(refusing) if is_anonymous(&refusing) => Ok(None),
            Err(refusing) => Err(guard.refuse_request(&refusing, K::ALL, &[], parts)),
        }
    }
}

/// Whether there were no credentials, which is no refusal where they are optional.
fn is_anonymous(refusing: &Refusing) -> bool {
    refusing.reason == Reason::NotPresented(NotPresented::Missing)
}

impl<Op, K> Deref for Proof<Op, K> {
    type Target = Authorized<Op, K>;

    fn deref(&self) -> &Authorized<Op, K> {
        &self.0
    }
}

impl<K> Deref for Identified<K> {
    type Target = Caller<K>;

    fn deref(&self) -> &Caller<K> {
        &self.0
    }
}

impl<Op: RequireScopes, K> fmt::Debug for Proof<Op, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proof").field(&self.0).finish()
    }
}

impl<K> fmt::Debug for Identified<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identified").field(&self.0).finish()
    }
}
