//! Guards the routes of a service with API tokens.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "axum")]
pub mod axum;
mod credentials;
mod guard;
mod refusal;

pub use credentials::{Credentials, NotPresented, UnfitHeader};
pub use guard::Guard;
pub use refusal::{Challenge, Reason, Refusal, UnfitText};
