//! What a router takes whole: another router, or a service.

use super::{
    Guarded, GuardedRoute, Open, OpenRouter, RouteTable, Router, Served,
    table::{self, Leaf, Leaves},
};

/// What [`Router::nest`] and [`Router::merge`] take: another [`Router`], `public("reason", …)` with a router of axum, or
/// [`guarded`](super::guarded) with a service.
///
/// Implemented here, and nowhere else.
#[diagnostic::on_unimplemented(
    message = "this is no router of `token_guard::axum`, so nobody knows whether its routes prove a scope",
    label = "not a router of `token_guard::axum`",
    note = "make it with `token_guard::axum::Router`, and call `finish` on the outermost router only",
    note = "or pass `guarded::<Operation, kind::Kind>(router)`, which asks for one proof for all of it",
    note = "what everybody may use is passed as `public(\"reason\", router)`"
)]
pub trait GuardedRouter<S> {
    /// What stands for the arguments of its handlers.
    type T;

    /// The type of what it returns seals the trait.
    #[doc(hidden)]
    fn into_router(self) -> Whole<S>;
}

/// A router of axum, and its table.
#[allow(unnameable_types, reason = "that is the seal of `GuardedRouter`")]
#[derive(Debug)]
pub struct Whole<S> {
    pub(super) inner: axum::Router<S>,
    pub(super) table: RouteTable,
}

/// All routes were checked when they were added.
#[allow(unnameable_types, reason = "nobody needs to name it")]
#[derive(Debug)]
pub enum Checked {}

impl Guarded for Checked {
    fn tell(_: &mut Leaves<'_>) {}
}

impl<S> GuardedRouter<S> for Router<S> {
    type T = Checked;

    fn into_router(self) -> Whole<S> {
        Whole { inner: self.inner, table: self.table }
    }
}

impl<S> GuardedRouter<S> for OpenRouter<S> {
    type T = Open<()>;

    fn into_router(self) -> Whole<S> {
        let mut table = RouteTable::default();
        table::add(&mut table, BELOW, vec![Leaf::public(vec![Leaf::new(vec!["*"])], self.reason)]);
        Whole { inner: self.inner, table }
    }
}

/// For every path below the one at which it is nested.
impl<Op, K, T, S> GuardedRouter<S> for Served<Op, K, T>
where
    Self: GuardedRoute<S, T: Guarded>,
    S: Clone + Send + Sync + 'static,
{
    type T = <Self as GuardedRoute<S>>::T;

    fn into_router(self) -> Whole<S> {
        let route = self.into_route().told::<Self::T>();
        let mut table = RouteTable::default();
        table::add(&mut table, BELOW, route.leaves);
        Whole { inner: axum::Router::new().fallback(route.inner), table }
    }
}

/// In a table: all paths below.
pub(super) const BELOW: &str = "/*";
