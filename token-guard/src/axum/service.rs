//! Services, which have no arguments that could prove anything.

use std::{convert::Infallible, fmt, future::poll_fn, marker::PhantomData};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
    routing,
};
use axum_core::extract::FromRef;
use token_core::{Authorizes, Kinds, RequireScopes};
use tower_service::Service;

use super::{
    Guarded, GuardedRoute, GuardedService, Proof,
    route::Route,
    table::{Leaf, Leaves},
};
use crate::{Guard, guard::names};

/// A service that is called only for callers to whom operation `Op` is permitted.
#[must_use = "a router takes it"]
pub struct Served<Op, K, T> {
    service: T,
    proof: PhantomData<fn() -> (Op, K)>,
}

/// Calls `service` only for callers to whom operation `Op` is permitted, with a token of kind `K`. The service finds the
/// [`AnyCaller`](token_core::AnyCaller) in the extensions of the request.
///
/// For what has no handler: a folder of files, a router of axum, a gRPC service.
/// Write `guarded::<Operation, kind::Kind>(service)`.
pub fn guarded<Op, K>(
    service: impl Service<Request, Response: IntoResponse, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + Sync
    + 'static,
) -> Served<
    Op,
    K,
    impl Service<Request, Response: IntoResponse, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + Sync
    + 'static,
> {
    Served { service, proof: PhantomData }
}

/// What stands in place of a handler's arguments.
#[allow(unnameable_types, reason = "nobody needs to name it")]
pub struct Needs<Op, K>(PhantomData<fn() -> (Op, K)>);

impl<Op: RequireScopes, K: Authorizes<Op>> Guarded for Needs<Op, K> {
    fn tell(leaves: &mut Leaves<'_>) {
        leaves.proof::<Op, K>();
    }
}

impl<Op, K, T, S> GuardedRoute<S> for Served<Op, K, T>
where
    Op: RequireScopes + 'static,
    K: Kinds,
    T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    T::Response: IntoResponse,
    T::Future: Send + 'static,
    S: Clone + Send + Sync + 'static,
    Guard: FromRef<S>,
{
    type T = Needs<Op, K>;

    fn into_route(self) -> Route<S> {
        let service = self.service;
        let handler = move |may: Proof<Op, K>, mut request: Request| {
            request.extensions_mut().insert(may.0.caller().clone().into_any());
            call(service, request)
        };
        Route { inner: routing::any(handler), leaves: vec![Leaf::new(vec!["*"])] }
    }
}

impl<Op, K, T, S> GuardedService<S> for Served<Op, K, T>
where
    Self: GuardedRoute<S>,
{
    type T = <Self as GuardedRoute<S>>::T;

    fn into_service(self) -> Route<S> {
        self.into_route()
    }
}

async fn call<T>(mut service: T, request: Request) -> Response
where
    T: Service<Request, Error = Infallible>,
    T::Response: IntoResponse,
{
    match poll_fn(|context| service.poll_ready(context)).await {
        Ok(()) => service.call(request).await.into_response(),
        Err(never) => match never {},
    }
}

impl<Op, K, T: Clone> Clone for Served<Op, K, T> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), proof: PhantomData }
    }
}

impl<Op: RequireScopes, K: Kinds, T> fmt::Debug for Served<Op, K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").field("scopes", &names::<Op>()).finish_non_exhaustive()
    }
}
