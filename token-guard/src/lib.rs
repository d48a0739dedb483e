//! Guards the routes of a service with API tokens: a handler says which operation it does, and a forgotten check does not
//! compile.
//!
//! A request is refused as RFC 6750 says, by a [`Guard`], which joins three things:
//!
//! 1. a verifier ([`Verify`](token_core::Verify)), which says who presented a token: the crate `token-issue` has one for tokens
//!    that you issue yourself;
//! 2. [`Credentials`]: where a request carries its token;
//! 3. a [`Challenge`]: how a [`Refusal`] introduces the service.
//!
//! With the feature `axum`, `axum::Router` takes only handlers that prove a scope:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use std::sync::Arc;
//! use token_core::{Authorized, RequireScopes, Verify};
//! use token_guard::{
//!     Challenge, Credentials, Guard, UnfitText,
//!     axum::{Proof, Router, get, post, public},
//! };
//!
//! # /*
//! token_core::policy!("../tokens.toml"); // makes `mod scope`, `mod kind` and `POLICY`
//! # */
//! # token_core::policy!("../tests/it/tokens.toml");
//!
//! #[derive(RequireScopes)]
//! #[require(scope::DeployRun)]
//! struct Start;
//!
//! async fn start(may: Proof<Start, kind::Deploy>) -> String {
//!     deploy(&may)
//! }
//!
//! // The domain asks for the proof, too.
//! fn deploy(may: &Authorized<Start, kind::Deploy>) -> String {
//!     format!("started for {}", may.subject().unwrap_or("somebody"))
//! }
//!
//! fn app(verifier: Arc<dyn Verify>) -> Result<axum::Router, UnfitText> {
//!     let guard = Guard::new(verifier, Credentials::bearer(), Challenge::new("deployments")?);
//!     let app = Router::new()
//!         .route("/deploy", post(start))
//!         .route("/health", public("load balancer", get(|| async { "ok" })));
//!     Ok(app.with_state(guard).finish())
//! }
//! ```
//!
//! Without the argument `may` the compiler says: *this handler runs without a proof of scope*.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | the extractors and the router, for axum 0.8 |
//! | `tracing` | an event for each refusal, which a flood does not multiply |
//! | `tower` | `tower::GuardLayer`, for services without extractors |
//! | `tonic` | `tonic`: a layer, proofs and streams for gRPC services of tonic 0.14 |
//! | `utoipa` | `openapi::secure`: what the routes ask for, in a document of utoipa 6 |
//! | `oauth` | `oauth`: introspection, revocation, token exchange and metadata, as services to mount |
#![cfg_attr(
    not(feature = "axum"),
    allow(rustdoc::broken_intra_doc_links, reason = "some pages link to the module `axum`")
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "axum")]
pub mod axum;
mod credentials;
#[cfg(any(feature = "tower", feature = "tonic"))]
mod gate;
mod guard;
#[cfg(feature = "oauth")]
pub mod oauth;
#[cfg(feature = "utoipa")]
pub mod openapi;
mod refusal;
mod telling;
#[cfg(feature = "tonic")]
pub mod tonic;
#[cfg(feature = "tower")]
pub mod tower;
mod until;

pub use credentials::{Credentials, NotPresented, UnfitHeader, UnfitTicket};
pub use guard::Guard;
pub use refusal::{Challenge, Reason, Refusal, UnfitText};
pub use until::{Ended, Until, UntilInvalid};
