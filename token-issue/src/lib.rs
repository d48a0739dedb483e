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

mod deadline;
mod digest;
mod error;
mod generate;
mod issued;
mod issuer;
#[cfg_attr(
    not(feature = "__test"),
    allow(unreachable_pub, reason = "the tests of its model need it")
)]
mod lease;
mod mint;
pub mod registry;
mod row;
mod verifier;

pub use digest::{Digest, Digests, Pepper, PepperId, Peppers};
pub use error::{Error, ErrorKind};
pub use generate::generate;
pub use issued::Issued;
pub use issuer::{Issuer, IssuerOptions, Revocation};
pub use mint::{Mint, Narrow};
#[doc(inline)]
pub use registry::{Registry, RegistryError};
pub use row::{MAX_DEPTH, Origin, Row, State, Unfit};
pub use verifier::{Distrusted, Health, Verifier, VerifierOptions};

#[cfg(feature = "__test")]
#[doc(hidden)]
pub mod __test {
    pub use crate::lease::*;
    #[cfg(feature = "sqlite")]
    pub use crate::registry::sqlite::Settings;

    /// Opens a registry with other settings.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(
        path: &std::path::Path,
        settings: Settings,
    ) -> Result<crate::registry::Sqlite, crate::RegistryError> {
        crate::registry::Sqlite::open_with(path, settings)
    }
}
