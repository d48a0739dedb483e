//! The rules for API tokens, as code: reads a `tokens.toml` into a [`Policy`].
//!
//! A policy declares *scopes* (named permissions) and *token kinds* (which scopes a token of that kind carries, how
//! long it may live, where it comes from, how it is rotated). The compiler reads it through `token-derive`, a service
//! through `token-core`; both get the same model from this one crate.
//!
//! No secret, clock or I/O ever enters here: text goes in, rules or located errors come out.
//!
//! ```
//! # #[cfg(feature = "parse")] {
//! use token_policy::Policy;
//!
//! let policy = Policy::parse(r#"
//!     version = 1
//!
//!     [scopes]
//!     "repo:read"  = "Read repositories"
//!     "repo:write" = { description = "Push", implies = ["repo:read"] }
//!
//!     [tokens.github-ci]
//!     scopes       = ["repo:write"]
//!     max_lifetime = "90m"
//! "#)?;
//! let kind = policy.kind("github-ci").expect("declared above");
//! assert_eq!(kind.closure(), ["repo:read", "repo:write"]);
//! assert_eq!(kind.max_lifetime().to_string(), "1h30m");
//!
//! let errors = Policy::parse("version = 1\n[scopes]\n\"a\" = { implies = [\"b\"] }\n").unwrap_err();
//! assert_eq!(
//!     errors.named("tokens.toml").to_string(),
//!     "tokens.toml:3:20: scope `b` is not declared; declare it under `[scopes]`",
//! );
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//!
//! Every key and every form of a value is in the [reference file](mod@reference). `tokens.schema.json`, in this crate's
//! folder, tells editors the same.
//!
//! # Features
//!
//! `parse` (default) reads policy files and computes digests. Without it only the vocabulary is built (names,
//! [`Lifetime`], [`PolicyDigest`], [`Source`] and so on), without dependencies.

#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(feature = "parse"),
    allow(rustdoc::broken_intra_doc_links, reason = "this page links to what reads policies")
)]

extern crate alloc;

mod digest;
mod hidden;
pub mod kind_name;
mod lifetime;
pub mod limits;
mod nearest;
mod position;
pub mod reference;
mod rule;
pub mod scope_name;

#[cfg(feature = "parse")]
mod document;
#[cfg(feature = "parse")]
mod error;
#[cfg(feature = "parse")]
mod meaning;
#[cfg(feature = "parse")]
mod policy;

pub use crate::digest::{ParseDigestError, PolicyDigest};
pub use crate::lifetime::{Lifetime, LifetimeError};
pub use crate::limits::MAX_POLICY_BYTES;
pub use crate::nearest::nearest;
pub use crate::position::{Position, Spanned};
pub use crate::rule::{ReadableBy, Rotate, Source, Uses};

#[cfg(feature = "parse")]
pub use crate::error::{
    Named, PolicyError, PolicyErrorKind, PolicyErrors, Salvaged, SalvagedKind, SalvagedScope,
};
#[cfg(feature = "parse")]
pub use crate::policy::{KindRule, Policy, ScopeRule};
