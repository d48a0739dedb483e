//! The way round: greppable, with a reason.

use std::marker::PhantomData;

use axum::routing;

use super::{
    Guarded, MethodRouter,
    table::{Leaf, Leaves},
};

/// Lets everybody use a route, and says why. The reason stands in the [table](super::RouteTable) of routes.
///
/// It takes what `get`, `post`, … of this module make, and also axum's own routes and routers, which have forgotten whether
/// their handlers prove a scope. A review of what is open is a search for `public(`.
///
/// ```
/// use token_guard::{Guard, axum::{Router, get, public}};
///
/// async fn health() -> &'static str {
///     "ok"
/// }
///
/// let app: Router<Guard> = Router::new().route("/health", public("load balancer", get(health)));
/// assert_eq!(app.table().to_string(), "GET /health public=\"load balancer\"\n");
/// ```
///
/// # Panics
///
/// If the reason is empty.
#[track_caller]
pub fn public<P, O>(reason: &'static str, what: P) -> O
where
    P: Publishable<O>,
{
    assert!(!reason.trim().is_empty(), "a public route needs a reason, for whoever reviews it");
    what.publish(reason)
}

/// What [`public`] takes, and makes an `O` of.
///
/// Implemented here, and nowhere else.
#[diagnostic::on_unimplemented(
    message = "`public` takes a route or a router",
    label = "neither a route nor a router",
    note = "a handler is passed as `public(\"reason\", get(handler))`, a service as `public(\"reason\", any_service(service))` with axum's `any_service`"
)]
pub trait Publishable<O> {
    #[doc(hidden)]
    fn publish(self, reason: &'static str) -> O;
}

/// The arguments of handlers that everybody may use.
pub struct Open<T>(PhantomData<fn() -> T>);

/// A router of axum that everybody may use.
#[derive(Clone, Debug)]
#[must_use = "a router takes it"]
pub struct OpenRouter<S = ()> {
    pub(super) inner: axum::Router<S>,
    pub(super) reason: &'static str,
}

impl<T> Guarded for Open<T> {
    fn tell(leaves: &mut Leaves<'_>) {
        leaves.public();
    }
}

impl<T, S: Clone> Publishable<MethodRouter<Open<T>, S>> for MethodRouter<T, S> {
    fn publish(self, reason: &'static str) -> MethodRouter<Open<T>, S> {
        MethodRouter::of(self.inner, vec![Leaf::public(self.leaves, reason)])
    }
}

impl<S: Clone> Publishable<MethodRouter<Open<()>, S>> for routing::MethodRouter<S> {
    fn publish(self, reason: &'static str) -> MethodRouter<Open<()>, S> {
        MethodRouter::of(self, vec![Leaf::public(vec![Leaf::new(vec!["*"])], reason)])
    }
}

impl<S> Publishable<OpenRouter<S>> for axum::Router<S> {
    fn publish(self, reason: &'static str) -> OpenRouter<S> {
        OpenRouter { inner: self, reason }
    }
}
