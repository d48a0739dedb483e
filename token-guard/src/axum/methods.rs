//! `get`, `post`, … that remember what the handler asks for.

use std::{convert::Infallible, fmt, marker::PhantomData};

use axum::{
    extract::Request,
    response::IntoResponse,
    routing::{self, MethodFilter},
};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    Guarded, Handles,
    table::{Leaf, Leaves},
};

/// Handlers for the methods of one path. `T` has their arguments, by which a [`Router`](super::Router) knows whether they are
/// guarded; axum's own type of this name has forgotten them.
#[must_use = "a router takes it"]
pub struct MethodRouter<T, S = ()> {
    pub(super) inner: routing::MethodRouter<S>,
    pub(super) leaves: Vec<Leaf>,
    arguments: PhantomData<fn() -> T>,
}

/// The arguments of several handlers.
pub struct Both<T, U>(PhantomData<fn() -> (T, U)>);

impl<T: Guarded, U: Guarded> Guarded for Both<T, U> {
    fn tell(leaves: &mut Leaves<'_>) {
        T::tell(leaves);
        U::tell(leaves);
    }
}

impl<T, S> MethodRouter<T, S>
where
    S: Clone,
{
    pub(super) const fn of(inner: routing::MethodRouter<S>, leaves: Vec<Leaf>) -> Self {
        Self { inner, leaves, arguments: PhantomData }
    }
}

/// Calls `handler` for the methods of `filter`.
pub fn on<H, T, S>(filter: MethodFilter, handler: H) -> MethodRouter<T, S>
where
    H: Handles<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::of(routing::on(filter, handler), vec![Leaf::new(methods(filter))])
}

/// Calls `handler` for every method.
pub fn any<H, T, S>(handler: H) -> MethodRouter<T, S>
where
    H: Handles<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::of(routing::any(handler), vec![Leaf::new(vec!["*"])])
}

impl<T, S> MethodRouter<T, S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Calls `handler` for the methods of `filter`, too.
    ///
    /// # Panics
    ///
    /// If there is a handler for one of these methods.
    #[track_caller]
    pub fn on<H, U>(self, filter: MethodFilter, handler: H) -> MethodRouter<Both<T, U>, S>
    where
        H: Handles<U, S>,
        U: 'static,
    {
        let leaf = Leaf::new(methods(filter));
        MethodRouter::of(self.inner.on(filter, handler), with(self.leaves, leaf))
    }

    /// Calls `handler` for all methods that have no other.
    ///
    /// # Panics
    ///
    /// If there is one.
    #[track_caller]
    pub fn fallback<H, U>(self, handler: H) -> MethodRouter<Both<T, U>, S>
    where
        H: Handles<U, S>,
        U: 'static,
    {
        let leaf = Leaf::new(vec!["*"]);
        MethodRouter::of(self.inner.fallback(handler), with(self.leaves, leaf))
    }
}

impl<T, S> MethodRouter<T, S>
where
    S: Clone + Send + Sync + 'static,
{
    /// The handlers of both.
    ///
    /// # Panics
    ///
    /// If both have a handler for one method.
    #[track_caller]
    pub fn merge<U>(mut self, other: MethodRouter<U, S>) -> MethodRouter<Both<T, U>, S> {
        self.leaves.extend(other.leaves);
        MethodRouter::of(self.inner.merge(other.inner), self.leaves)
    }

    /// Wraps the handlers that were added before in a layer, and the answer to other methods. It runs before the proof is asked for.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self::of(self.inner.layer(layer), self.leaves)
    }

    /// Wraps the handlers that were added before in a layer. It runs before the proof is asked for.
    ///
    /// # Panics
    ///
    /// As axum does: if there is no handler.
    #[track_caller]
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self::of(self.inner.route_layer(layer), self.leaves)
    }
}

macro_rules! each_method {
    ($($name:ident $method:ident),* $(,)?) => {
        const ALL: &[(MethodFilter, &str)] =
            &[$((MethodFilter::$method, stringify!($method))),*];

        $(
            #[doc = concat!("Calls `handler` for `", stringify!($method), "`, as `axum::routing::", stringify!($name), "` does.")]
            pub fn $name<H, T, S>(handler: H) -> MethodRouter<T, S>
            where
                H: Handles<T, S>,
                T: 'static,
                S: Clone + Send + Sync + 'static,
            {
                on(MethodFilter::$method, handler)
            }
        )*

        impl<T, S> MethodRouter<T, S>
        where
            S: Clone + Send + Sync + 'static,
        {
            $(
                #[doc = concat!("Calls `handler` for `", stringify!($method), "`, too.")]
                ///
                /// # Panics
                ///
                /// If there is a handler for this method.
                #[track_caller]
                pub fn $name<H, U>(self, handler: H) -> MethodRouter<Both<T, U>, S>
                where
                    H: Handles<U, S>,
                    U: 'static,
                {
                    self.on(MethodFilter::$method, handler)
                }
            )*
        }
    };
}

each_method!(
    connect CONNECT,
    delete DELETE,
    get GET,
    head HEAD,
    options OPTIONS,
    patch PATCH,
    post POST,
    put PUT,
    trace TRACE,
);

/// The names of the methods of a filter.
fn methods(filter: MethodFilter) -> Vec<&'static str> {
    let has = |&&(one, _): &&(MethodFilter, _)| filter.or(one) == filter;
    ALL.iter().filter(has).map(|&(_, name)| name).collect()
}

fn with(mut leaves: Vec<Leaf>, leaf: Leaf) -> Vec<Leaf> {
    leaves.push(leaf);
    leaves
}

impl<T, S> Clone for MethodRouter<T, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), leaves: self.leaves.clone(), arguments: PhantomData }
    }
}

impl<T, S> fmt::Debug for MethodRouter<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MethodRouter").field(&self.leaves).finish()
    }
}
