//! For axum 0.8: a [`Router`] whose handlers prove a scope, or do not compile.
//!
//! | mistake | the compiler says |
//! |---|---|
//! | no proof among the arguments, `Option<Proof<…>>`, a constant | *this handler runs without a proof of scope* |
//! | an argument before the proof that may fail | *`Path<String>` stands before the proof of scope and may fail* |
//! | a kind, or one of several, that can never permit the operation | *token kind `Viewer` does not grant scope `DeployRun`* |
//! | axum's own `get`, `post`, … | *this is no route of `token_guard::axum`, …* |
//! | `nest` or `merge` with axum's own router | *this is no router of `token_guard::axum`, …* |
//! | a service | *this service runs without a proof of scope* |
//!
//! [`public`] is the only way round, and says why. What it cannot see: a layer that answers by itself, a type for which somebody
//! implements axum's [`Handler`](axum::handler::Handler) by hand, and routes that are added after [`finish`](Router::finish). axum's plain 404 and 405 need no token.
//!
//! The answers to a request come in this order: 404 and 405, then what the [`Guard`](crate::Guard) refuses, then what the other
//! arguments refuse (400, 415, 422).

mod before;
mod extract;
mod guarded;
mod handles;
mod methods;
mod nested;
mod public;
mod route;
mod router;
mod service;
mod table;

pub use before::BeforeProof;
pub use extract::{Identified, Proof};
pub use guarded::Guarded;
pub use handles::Handles;
pub use methods::{
    Both, MethodRouter, any, connect, delete, get, head, on, options, patch, post, put, trace,
};
pub use nested::GuardedRouter;
pub use public::{Open, OpenRouter, Publishable, public};
pub use route::{GuardedRoute, GuardedService};
pub use router::Router;
pub use service::{Served, guarded};
pub use token_policy::routes::{Access, RouteRow, RouteTable};
