//! The layer.

use std::task::{Context, Poll};

use http::{Request, Response, request::Parts};
use token_core::{AnyCaller, Authorizes, Kinds, RequireScopes};
use tonic::server::NamedService;
use tower_layer::Layer;
use tower_service::Service;

use super::{request::Vouched, status};
use crate::{
    Guard, Refusal,
    gate::{Answering, Answers, Gate},
};

/// Lets through the calls of callers whom the guard knows, and answers the others with a status of gRPC. A method then asks its
/// request for a proof: see [`GuardedRequest`](super::GuardedRequest).
///
/// It is for `Server::builder().layer(…)`, and for a single service: `layer.layer(service)` is a service with the same name.
#[derive(Clone, Debug)]
pub struct GuardLayer(Gate);

/// A service behind a [`GuardLayer`].
#[derive(Clone, Debug)]
pub struct Guarding<S> {
    inner: S,
    gate: Gate,
}

impl GuardLayer {
    /// For callers with a valid token of whatever kind. Each method says what it needs.
    #[must_use]
    pub const fn new(guard: Guard) -> Self {
        Self(Gate::any(guard))
    }

    /// For callers with a token of kind `K`, or of one of the kinds of a tuple. Each method says what it needs.
    #[must_use]
    pub const fn identified<K: Kinds>(guard: Guard) -> Self {
        Self(Gate::identified::<K>(guard))
    }

    /// For callers to whom operation `Op` is permitted, whatever they call. It does not compile if a kind can never permit it.
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
        self.gate.pass::<Grpc, S, B, R>(&mut self.inner, request)
    }
}

impl<S: NamedService> NamedService for Guarding<S> {
    const NAME: &'static str = S::NAME;
}

struct Grpc;

impl Answers for Grpc {
    fn enter(parts: &mut Parts, guard: &Guard, caller: AnyCaller) {
        parts.extensions.insert(Vouched { guard: guard.clone(), caller });
    }

    fn answer<R: Default>(refusal: &Refusal) -> Response<R> {
        status::of(refusal).into_http()
    }
}
