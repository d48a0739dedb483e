//! For tonic 0.14: a layer, and proofs of scope in the methods of a service.
//!
//! A generated trait fixes the arguments of its methods, so no extractor can stand there. The layer verifies the token, and a method
//! asks its request for the proof:
//!
//! ```
//! # token_core::policy!("../tests/it/tokens.toml");
//! # use token_core::{Authorized, RequireScopes};
//! use tonic::{Request, Response, Status};
//! use token_guard::tonic::GuardedRequest;
//!
//! #[derive(RequireScopes)]
//! #[require(scope::DeployRun)]
//! struct Start;
//!
//! async fn start(request: Request<String>) -> Result<Response<String>, Status> {
//!     let may = request.authorized::<Start, kind::Deploy>()?;
//!     Ok(Response::new(deploy(&may, request.get_ref())))
//! }
//!
//! // What does something asks for the proof, so that a method that forgets it does not compile.
//! fn deploy(may: &Authorized<Start, kind::Deploy>, repository: &str) -> String {
//!     format!("{} deploys {repository}", may.subject().unwrap_or("somebody"))
//! }
//! ```
//!
//! Refusals are statuses of gRPC:
//!
//! | why | status |
//! |---|---|
//! | no credentials; the token is unknown, expired, revoked, spent, of another kind, for another service | `UNAUTHENTICATED` |
//! | the token has too few scopes | `PERMISSION_DENIED` |
//! | several tokens, a malformed header, a token in the URL | `INVALID_ARGUMENT` |
//! | the verifier cannot tell | `UNAVAILABLE`, with `grpc-retry-pushback-ms` |
//!
//! The challenge of RFC 6750 is in the metadata `www-authenticate`. As over HTTP, all answers for an invalid token are equal.

mod layer;
mod request;
mod status;
mod until;

pub use layer::{GuardLayer, Guarding};
pub use request::GuardedRequest;
pub use until::Until;
