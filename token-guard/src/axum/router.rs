//! The router.

use std::{convert::Infallible, fmt};

use axum::{extract::Request, response::IntoResponse, routing};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    Guarded, GuardedRoute, GuardedRouter, GuardedService, RouteTable,
    nested::BELOW,
    route::Route,
    table::{self, Leaf},
};

/// A router of axum whose handlers each take a [`Proof`](super::Proof), or are [`public`](super::public) with a reason. A
/// forgotten check does not compile.
///
/// Its methods are those of [`axum::Router`], and mean the same. [`finish`](Self::finish) gives that one.
///
/// ```
/// # token_core::policy!("../../tests/it/tokens.toml");
/// use token_core::RequireScopes;
/// use token_guard::{Guard, axum::{Proof, Router, get, post, public}};
///
/// #[derive(RequireScopes)]
/// #[require(scope::DeployRun)]
/// struct Start;
///
/// async fn start(may: Proof<Start, kind::Deploy>) -> String {
///     format!("started for {}", may.subject().unwrap_or("somebody"))
/// }
///
/// fn app(guard: Guard) -> axum::Router {
///     Router::new()
///         .route("/deploy", post(start))
///         .route("/health", public("load balancer", get(|| async { "ok" })))
///         .with_state(guard)
///         .finish()
/// }
/// ```
///
/// The state is a [`Guard`](crate::Guard), or one of which a guard is a part: by `FromRef`.
#[must_use = "a router that nobody serves answers nothing"]
pub struct Router<S = ()> {
    pub(super) inner: axum::Router<S>,
    pub(super) table: RouteTable,
}

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// A router without routes. It answers 404, without asking for a token.
    pub fn new() -> Self {
        Self { inner: axum::Router::new(), table: RouteTable::default() }
    }

    /// Adds a route for `path`.
    ///
    /// # Panics
    ///
    /// As axum does: for a path that is not well-formed, or that another route has.
    #[track_caller]
    pub fn route<R>(self, path: &str, route: R) -> Self
    where
        R: GuardedRoute<S>,
        R::T: Guarded,
    {
        self.with(path, route.into_route().told::<R::T>())
    }

    /// Adds a service for `path`: [`guarded`](super::guarded), or [`public`](super::public).
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route).
    #[track_caller]
    pub fn route_service<R>(self, path: &str, service: R) -> Self
    where
        R: GuardedService<S>,
        R::T: Guarded,
    {
        self.with(path, service.into_service().told::<R::T>())
    }

    /// Adds all routes of `router` below `path`.
    ///
    /// # Panics
    ///
    /// As axum does: for the empty path and `/`, and as [`route`](Self::route).
    #[track_caller]
    pub fn nest<R>(mut self, path: &str, router: R) -> Self
    where
        R: GuardedRouter<S>,
        R::T: Guarded,
    {
        let whole = router.into_router();
        table::nest(&mut self.table, path, &whole.table);
        Self { inner: self.inner.nest(path, whole.inner), ..self }
    }

    /// As [`nest`](Self::nest), for a service.
    ///
    /// # Panics
    ///
    /// As [`nest`](Self::nest).
    #[track_caller]
    pub fn nest_service<R>(self, path: &str, service: R) -> Self
    where
        R: GuardedRouter<S>,
        R::T: Guarded,
    {
        self.nest(path, service)
    }

    /// Adds all routes of `router`.
    ///
    /// # Panics
    ///
    /// As axum does: if both have a route for one method of a path, or both a fallback.
    #[track_caller]
    pub fn merge<R>(mut self, router: R) -> Self
    where
        R: GuardedRouter<S>,
        R::T: Guarded,
    {
        let whole = router.into_router();
        table::nest(&mut self.table, "", &whole.table);
        Self { inner: self.inner.merge(whole.inner), ..self }
    }

    /// Answers the paths that have no route, in place of a plain 404. A handler is passed as `any(handler)`.
    #[track_caller]
    pub fn fallback<R>(self, route: R) -> Self
    where
        R: GuardedRoute<S>,
        R::T: Guarded,
    {
        self.with_fallback(route.into_route().told::<R::T>())
    }

    /// As [`fallback`](Self::fallback), for a service.
    #[track_caller]
    pub fn fallback_service<R>(self, service: R) -> Self
    where
        R: GuardedService<S>,
        R::T: Guarded,
    {
        self.with_fallback(service.into_service().told::<R::T>())
    }

    /// Answers the methods that a path has no handler for, in place of a plain 405: for the routes that were added before. A handler
    /// is passed as `any(handler)`.
    pub fn method_not_allowed_fallback<R>(mut self, route: R) -> Self
    where
        R: GuardedRoute<S>,
        R::T: Guarded,
    {
        let Route { inner, leaves } = route.into_route().told::<R::T>();
        table::add(
            &mut self.table,
            BELOW,
            leaves.into_iter().map(Leaf::for_other_methods).collect(),
        );
        Self { inner: self.inner.method_not_allowed_fallback(inner), ..self }
    }

    /// Wraps all routes that were added before, and the fallback, in a layer. It runs before the proof is asked for.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self { inner: self.inner.layer(layer), ..self }
    }

    /// Wraps all routes that were added before in a layer, and not the fallback. It runs before the proof is asked for.
    ///
    /// # Panics
    ///
    /// As axum does: if no route was added before.
    #[track_caller]
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self { inner: self.inner.route_layer(layer), ..self }
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> Router<S2> {
        Router { inner: self.inner.with_state(state), table: self.table }
    }

    /// The routes, and what each asks for.
    #[must_use]
    pub const fn table(&self) -> &RouteTable {
        &self.table
    }

    /// The router of axum, for `axum::serve`. Routes that are added to it are no longer checked.
    pub fn finish(self) -> axum::Router<S> {
        self.inner
    }

    #[track_caller]
    fn with(mut self, path: &str, route: Route<S>) -> Self {
        table::add(&mut self.table, path, route.leaves);
        Self { inner: self.inner.route(path, route.inner), ..self }
    }

    fn with_fallback(mut self, route: Route<S>) -> Self {
        table::add(&mut self.table, BELOW, route.leaves);
        Self { inner: self.inner.fallback(route.inner), ..self }
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Router<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Clone for Router<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), table: self.table.clone() }
    }
}

impl<S> fmt::Debug for Router<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Router").field(&self.table).finish()
    }
}
