//! Carrying a token in an HTTP header or body, and what the server says against it.
//!
//! The headers themselves are made by [`Exposed`](crate::Exposed): `bearer_header`, `basic_header`, `raw_header` and `scheme_header`.

mod body;
mod build;
mod header;
mod rejected;
mod retry;
mod scopes;

pub use build::{TOKEN_BUILD, say_build};
pub use rejected::Rejected;
pub use retry::{Retry, send};
pub use scopes::NeededScopes;
