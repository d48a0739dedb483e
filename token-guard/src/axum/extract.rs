//! The extractors.

use std::{fmt, ops::Deref};

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use token_core::{Authorized, Caller, Kinds, RequireScopes};

use crate::{Guard, NotPresented, Reason, Refusal};

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
pub struct Proof<Op, K>(pub Authorized<Op, K>);

/// A handler's argument: who makes the request, with a token of kind `K`, or of one of the kinds of a tuple. No scope is looked
/// at, so it is no [`Proof`].
///
/// `Option<Identified<K>>` is `None` for a request without credentials; bad ones are refused all the same.
pub struct Identified<K>(pub Caller<K>);

impl<S, Op, K> FromRequestParts<S> for Proof<Op, K>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    Op: RequireScopes,
    K: Kinds,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        Guard::from_ref(state).authorize(parts).await.map(Self)
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
        optional(Guard::from_ref(state).authorize(parts).await.map(Self))
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
        Guard::from_ref(state).identify(parts).await.map(Self)
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
        optional(Guard::from_ref(state).identify(parts).await.map(Self))
    }
}

/// `None` if there were no credentials.
fn optional<T>(found: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(refusal) if refusal.reason() == Reason::NotPresented(NotPresented::Missing) => Ok(None),
        Err(refusal) => Err(refusal),
    }
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
