//! A layer for services that have no extractors.

use std::task::{Context, Poll};

use http::{Request, Response, request::Parts};
use token_core::{AnyCaller, Authorizes, Kinds, RequireScopes};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    Guard, Refusal,
    gate::{Answering, Answers, Gate},
};

/// Lets through the requests of callers whom the guard knows, and answers the others as RFC 6750 says. The service finds the
/// [`AnyCaller`] in the extensions of the request.
///
/// The request is changed in nothing else, but that a [ticket](crate::Credentials::or_ticket) is taken out of its headers: the service sees
/// the token that the caller sent. If it sends requests on, have it remove the header.
///
/// A service that is a handler of axum takes a [`Proof`](crate::axum::Proof) instead, which the compiler asks for. With a layer
/// nobody knows whether the routes inside need other scopes.
///
/// ```
/// # token_core::policy!("../tests/it/tokens.toml");
/// # use token_core::RequireScopes;
/// # use token_guard::Guard;
/// use token_guard::tower::GuardLayer;
///
/// #[derive(RequireScopes)]
/// #[require(scope::DeployRun)]
/// struct Start;
///
/// # fn f(guard: Guard) {
/// let anybody_with_a_token = GuardLayer::new(guard.clone());
/// let who_may_start = GuardLayer::authorized::<Start, kind::Deploy>(guard);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GuardLayer(Gate);

/// A service behind a [`GuardLayer`].
#[derive(Clone, Debug)]
pub struct Guarding<S> {
    inner: S,
    gate: Gate,
}

impl GuardLayer {
    /// For callers with a valid token of whatever kind. The service has to look at its scopes.
    #[must_use]
    pub const fn new(guard: Guard) -> Self {
        Self(Gate::any(guard))
    }

    /// For callers with a token of kind `K`, or of one of the kinds of a tuple. The service has to look at its scopes.
    #[must_use]
    pub const fn identified<K: Kinds>(guard: Guard) -> Self {
        Self(Gate::identified::<K>(guard))
    }

    /// For callers to whom operation `Op` is permitted. It does not compile if a kind can never permit it.
    #[must_use]
    pub const fn authorized<Op, K>(guard: Guard) -> Self
    where
        Op: RequireScopes,
        K: Authorizes<Op>,
    {
        Self(Gate::authorized::<Op, K>(guard))
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarding<S>;

    fn layer(&self, inner: S) -> Guarding<S> {
        Guarding { inner, gate: self.0.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for Guarding<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answering<R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.gate.pass::<Http, S, B, R>(&mut self.inner, request)
    }
}

struct Http;

impl Answers for Http {
    fn enter(parts: &mut Parts, _: &Guard, caller: AnyCaller) {
        parts.extensions.insert(caller);
    }

    fn answer<R: Default>(refusal: &Refusal) -> Response<R> {
        refusal.to_response()
    }
}
