//! For axum 0.8: a router whose handlers prove a scope, or do not compile.

mod before;
mod extract;
mod guarded;
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
pub use methods::{
    Both, MethodRouter, any, connect, delete, get, head, on, options, patch, post, put, trace,
};
pub use nested::GuardedRouter;
pub use public::{Open, OpenRouter, Publishable, public};
pub use route::{GuardedRoute, GuardedService};
pub use router::Router;
pub use service::{Served, guarded};
pub use table::{Access, RouteRow, RouteTable};
