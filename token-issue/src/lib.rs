//! Makes tokens of our own format, which [`token_policy::format`] defines.
//!
//! ```
//! use token_core::{Scope, TokenKind};
//!
//! #[derive(Scope)]
//! #[scope("deploy:run")]
//! enum DeployRun {}
//!
//! #[derive(TokenKind)]
//! #[token_kind(name = "deploy", scopes(DeployRun), max_lifetime = "15m", format = "acme_deploy")]
//! enum Deploy {}
//!
//! let secret = token_issue::generate::<Deploy>()?;
//! println!("{secret:?}"); // Secret([redacted])
//! # Ok::<(), token_issue::Error>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod error;
mod generate;

pub use error::{Error, ErrorKind};
pub use generate::generate;
