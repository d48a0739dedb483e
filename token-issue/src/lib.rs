//! Issues tokens of your own: on demand, for minutes, with the smallest permissions, on record, and revocable everywhere within
//! a second.
//!
//! The token policy (`tokens.toml`) says which kinds there are, what each may do, how long it may live, and the `format` of its
//! tokens ([`token_policy::format`] defines it).
//!
//! 1. An [`Issuer`] [mints](Issuer::mint) a token. Its birth is put on record first, then a row goes into the [`Registry`]: a digest and
//!    facts, never a byte of the token. Then there is an [`Issued`], which leaves once.
//! 2. A [`Verifier`] says who presented a token, from memory where it can: a [`Caller`](token_core::Caller), who
//!    [proves](token_core::Authorized) that an operation is permitted.
//! 3. The issuer [narrows](Issuer::narrow) a caller's token to one that may do less, and [revokes](Issuer::revoke) tokens with all that
//!    were narrowed from them.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use token_core::{
//!     Caller, RequireScopes,
//!     caller::{Presented, Refused, verify},
//!     record::InMemory,
//! };
//! use token_issue::{Issuer, Mint, Narrow, Verifier, registry::Memory};
//!
//! # /*
//! token_core::policy!("../tokens.toml"); // makes `mod scope`, `mod kind` and `POLICY`
//! # */
//! # token_core::policy!("../tests/issuer/tokens.toml");
//!
//! #[derive(RequireScopes)]
//! #[require(scope::DeployRun)]
//! struct Start;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In a service: `registry::Sqlite` (feature `sqlite`) or `registry::Postgres` (feature `postgres`), and the log of the crate `token-audit`.
//! let (registry, log) = (Arc::new(Memory::new()), Arc::new(InMemory::new()));
//! let issuer = Issuer::options(&POLICY, registry.clone(), log).actor("token-service").start()?;
//! # pollster::block_on(async {
//! let verifier = Verifier::options(&POLICY, registry).start().await?;
//!
//! let mint = Mint::<kind::Deploy>::new().lifetime(Duration::from_secs(600)).subject("job-17");
//! let issued = issuer.mint(mint).await?;
//! let (id, token) = (issued.id(), issued.release());
//!
//! let bearer = token.with_bytes("as it comes in a request", <[u8]>::to_vec);
//! let caller: Caller<kind::Deploy> = verify(&verifier, Presented::new(&bearer)).await?;
//! println!("{:?} starts a deployment", caller.authorize::<Start>()?.subject());
//!
//! let narrow = Narrow::new().scopes::<(scope::DeployRead,)>().lifetime(Duration::from_secs(60));
//! let child = issuer.narrow(&caller, narrow).await?;
//! assert_eq!(child.parent(), Some(id));
//!
//! let revocation = issuer.revoke(id, "was in a public log").await?;
//! assert_eq!((revocation.tokens, revocation.is_recorded()), (2, true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })
//! # }
//! ```
//!
//! [issuing.md](https://github.com/token-core/token-core/blob/main/docs/issuing.md) is the guide: what is on record at which step, and what to
//! do when something is wrong. `cargo run --example issuer` is a service with a second process that verifies.
//!
//! | to | see |
//! |---|---|
//! | mint, narrow, revoke, list | [`Issuer`], [`Mint`], [`Narrow`], [`Issued`] |
//! | verify | [`Verifier`] |
//! | tell others what a token may do | [`Issuer::inspect`]; the endpoints of OAuth are in the crate `token-guard` |
//! | keep digests where others cannot look tokens up | [`Peppers`] |
//! | see how verifiers fare | [`Verifier::counts`], [`Metrics`], [`Verifier::health`] |
//! | write a registry of your own | [`Registry`], and the suite of tests behind the feature `conformance` |
//! | go on with a registry that was restored from a backup | [`Reconcile`] |
//! | make a token without a registry | [`generate`] |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `sqlite` | `registry::Sqlite`: a file that the processes of one host share |
//! | `postgres` | `registry::Postgres`: a PostgreSQL database, for services on many hosts |
//! | `conformance` | `registry::conformance`: a suite of tests for who writes a registry |
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
pub use issuer::{
    CopyReport, Inspected, Issuer, IssuerOptions, LogReport, Reconcile, ReconcileReport, Revocation,
};
pub use mint::{AnyKind, Mint, Narrow};
#[doc(inline)]
pub use registry::{Registry, RegistryError};
pub use row::{LONGEST_STREAM, MAX_DEPTH, Origin, Row, State, Unfit};
#[doc(inline)]
pub use verifier::metrics;
pub use verifier::{Distrusted, Health, Verifier, VerifierOptions, metrics::Metrics};

#[cfg(feature = "__test")]
#[doc(hidden)]
pub mod __test {
    pub use crate::lease::*;
    #[cfg(feature = "sqlite")]
    pub use crate::registry::sqlite::Settings;

    /// Opens a registry as a program does that knows its schema up to this version.
    #[cfg(feature = "postgres")]
    pub fn postgres(
        url: token_core::Secret,
        known: i32,
    ) -> Result<crate::registry::Postgres, crate::RegistryError> {
        let how = crate::registry::Postgres::options(url);
        crate::registry::Postgres::open_with(how, known)
    }

    /// A copy of a registry, as a backup has it.
    pub fn copy(memory: &crate::registry::Memory) -> crate::registry::Memory {
        memory.copy()
    }

    /// Opens a registry with other settings.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(
        path: &std::path::Path,
        settings: Settings,
    ) -> Result<crate::registry::Sqlite, crate::RegistryError> {
        crate::registry::Sqlite::open_with(path, settings)
    }
}
