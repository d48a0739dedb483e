//! Guards the routes of a service with API tokens.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod credentials;
mod refusal;

pub use credentials::{Credentials, NotPresented, UnfitHeader};
pub use refusal::{Challenge, Reason, Refusal, UnfitText};
