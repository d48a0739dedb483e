//! The endpoints of OAuth 2.0 for tokens that `token-issue` issues, as services to mount (feature `oauth`).
//!
//! | endpoint | RFC | who may |
//! |---|---|---|
//! | [`Introspection`] | 7662 | whom an operation is permitted to |
//! | [`Revocation`] | 7009 | the subject of the token, whoever it descends from, or whom an operation is permitted to |
//! | [`Exchange`] | 8693 | whoever has the subject token |
//! | [`Metadata`] | 9728 | everybody |
//!
//! Each is a `tower` service for [`http::Request`]s with a body of `Bytes`, and asks for no async runtime. Introspection and revocation
//! **guard themselves**, with the [`Guard`](crate::Guard) that they are made with, wherever they are mounted:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! # token_core::policy!("../tests/it/tokens.toml");
//! use axum::routing::any_service;
//! use token_core::RequireScopes;
//! use token_guard::{Challenge, Guard, axum::{Router, public}, oauth::*};
//! use token_issue::Issuer;
//!
//! #[derive(RequireScopes)]
//! #[require(scope::DeployRead)]
//! struct Introspect;
//!
//! #[derive(RequireScopes)]
//! #[require(scope::DeployRun)]
//! struct RevokeAny;
//!
//! fn app(guard: Guard, issuer: Issuer) -> Result<axum::Router, UnfitResource> {
//!     let metadata = Metadata::new("https://api.example.com")?.authorization_server("https://api.example.com")?;
//!     let introspection = Introspection::<Introspect, kind::Deploy>::new(guard.clone(), issuer.clone());
//!     let revocation = Revocation::<RevokeAny, kind::Deploy>::new(guard.clone(), issuer.clone());
//!     let exchange = Exchange::new(issuer).kind::<kind::Deploy>();
//!     let own = "it checks who calls by itself";
//!     Ok(Router::new()
//!         .route("/oauth/introspect", public(own, any_service(introspection)))
//!         .route("/oauth/revoke", public(own, any_service(revocation)))
//!         .route("/oauth/token", public("the subject token is the credential", any_service(exchange)))
//!         .route(metadata.path(), public("RFC 9728", any_service(metadata.clone())))
//!         .with_state(guard)
//!         .finish())
//! }
//! ```
//!
//! `guarded::<Introspect, kind::Deploy>(introspection)` is the same, and the [table of routes](crate::axum::RouteTable) says so.
//!
//! # What they share
//!
//! A request is a `POST` of a form with at most 8 KiB, and each parameter stands in it once (RFC 6749 section 3.2). It is not read from the
//! URL: a token there is refused aloud. An answer is JSON with `Cache-Control: no-store`, a mistake is
//! `{"error": …, "error_description": …}` (RFC 6749 section 5.2), and no answer has a byte of the request but the names of scopes that
//! the token policy declares, and the facts that the registry has. When the registry or the log fails it is 503 with `Retry-After`.
//!
//! The form is wiped. A value that a client percent-encoded, which no token of ours needs, is copied by the library that decodes
//! it. What the HTTP server holds of the request is its own.
//!
//! A slow client is the server's business, too: set its timeouts.

mod answer;
mod exchange;
mod form;
mod introspection;
mod metadata;
mod revocation;
mod serve;
mod target;

pub use exchange::Exchange;
pub use introspection::Introspection;
pub use metadata::{Metadata, UnfitResource};
pub use revocation::Revocation;
