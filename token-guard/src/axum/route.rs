//! What a router takes for one path.

use axum::routing;

use super::{
    Guarded, MethodRouter,
    table::{Leaf, Leaves},
};

/// What a [`Router`](super::Router) takes for a path: made by `get`, `post`, `any`, … of this module, by
/// [`guarded`](super::guarded), or by [`public`](super::public).
///
/// Implemented here, and nowhere else.
#[diagnostic::on_unimplemented(
    message = "this is no route of `token_guard::axum`, so nobody knows whether it proves a scope",
    label = "not made by `token_guard::axum`",
    note = "a handler is passed as `get(handler)`, `post(handler)`, `any(handler)`, …: import these from `token_guard::axum`, not from `axum::routing`",
    note = "a service is passed as `guarded::<Operation, kind::Kind>(service)`",
    note = "what everybody may use is passed as `public(\"reason\", …)`"
)]
pub trait GuardedRoute<S> {
    /// The arguments of the handlers.
    type T;

    /// The type of what it returns seals the trait.
    #[doc(hidden)]
    fn into_route(self) -> Route<S>;
}

/// What [`Router::route_service`](super::Router::route_service) and its like take.
///
/// Implemented here, and nowhere else.
#[diagnostic::on_unimplemented(
    message = "this service runs without a proof of scope",
    label = "neither `guarded` nor `public`",
    note = "pass `guarded::<Operation, kind::Kind>(service)`, or `public(\"reason\", any_service(service))` with axum's `any_service`"
)]
pub trait GuardedService<S> {
    /// What stands for the arguments of its handlers.
    type T;

    /// The type of what it returns seals the trait.
    #[doc(hidden)]
    fn into_service(self) -> Route<S>;
}

/// A route of axum, and its rows without their path.
#[allow(unnameable_types, reason = "that is the seal of `GuardedRoute`")]
#[derive(Debug)]
pub struct Route<S> {
    pub(super) inner: routing::MethodRouter<S>,
    pub(super) leaves: Vec<Leaf>,
}

impl<T, S> GuardedRoute<S> for MethodRouter<T, S> {
    type T = T;

    fn into_route(self) -> Route<S> {
        Route { inner: self.inner, leaves: self.leaves }
    }
}

impl<T, S> GuardedService<S> for MethodRouter<T, S> {
    type T = T;

    fn into_service(self) -> Route<S> {
        self.into_route()
    }
}

impl<S> Route<S> {
    /// The same route, with what its handlers ask for: those with the arguments `T`.
    pub(super) fn told<T: Guarded>(mut self) -> Self {
        T::tell(&mut Leaves(self.leaves.iter_mut()));
        self
    }
}
