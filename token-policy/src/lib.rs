//! The rules for API tokens, as code: reads a `tokens.toml` into a [`Policy`].
//!
//! A policy declares *scopes* (named permissions) and *token kinds* (which scopes a token of that kind carries, how
//! long it may live, where it comes from, how it is rotated). The compiler reads it through `token-derive`, a service
//! through `token-core`; both get the same model from this one crate.
//!
//! The crate handles no secrets, reads no clock and does no I/O. Text goes in; rules, or errors with places, come out.
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
//! assert_eq!(kind.max_lifetime().expect("it ends").to_string(), "1h30m");
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
//! folder, describes the same for editors.
//!
//! # What else it does
//!
//! - [`format`] defines the format of the tokens that a project mints itself.
//! - [`guess`] judges whether a text could be guessed, so that no hash of it may be shown.
//! - [`checks`] finds what deserves a look in a valid policy.
//! - [`diff`] says whether a changed policy permits more or less.
//! - [`note`] is what a program's file says about its policies and its source.
//! - [`report`] writes findings as text, JSON and SARIF.
//! - [`lock`] reads, writes and checks `tokens.lock`: which tokens are live, and what they are bound to.
//! - [`steps`] is how `tokenctl rotate` replaces a token in CI.
//! - [`routes`] is the table of a service's routes: what each asks for, and whether a changed one permits more or less.
//!
//! # Features
//!
//! - `parse` (default) reads policy files and computes digests. Without it only the vocabulary is built (names,
//!   [`Lifetime`], [`PolicyDigest`], [`Source`] and so on), without dependencies.
//! - `format` (default) makes, checks and decodes tokens of the project's own format. It needs `crc32fast`.
//! - `checks` adds the checks and the diff, and no dependency.
//! - `report` writes findings as text, and adds no dependency.
//! - `json` writes findings as JSON and SARIF, and reads build notes. It needs `serde_json`.
//! - `lock` adds the lock. It needs `time`.
//! - `routes` adds the table of routes. It needs `serde_json`.

#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(all(
        feature = "checks",
        feature = "format",
        feature = "lock",
        feature = "parse",
        feature = "routes"
    )),
    allow(rustdoc::broken_intra_doc_links, reason = "this page links to what every feature has")
)]

extern crate alloc;

mod assurance;
#[cfg(feature = "checks")]
pub mod checks;
#[cfg(feature = "checks")]
pub mod diff;
mod digest;
pub mod format;
pub mod guess;
mod hidden;
mod identity;
pub mod kind_name;
mod level;
mod lifetime;
pub mod limits;
#[cfg(feature = "lock")]
pub mod lock;
mod nearest;
pub mod note;
mod position;
pub mod reference;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "routes")]
pub mod routes;
mod rule;
pub mod scope_name;
#[cfg(feature = "parse")]
pub mod steps;
#[cfg(any(feature = "checks", feature = "routes"))]
mod verdict;

#[cfg(feature = "parse")]
mod document;
#[cfg(feature = "parse")]
mod environment;
#[cfg(feature = "parse")]
mod error;
#[cfg(feature = "parse")]
#[cfg_attr(not(feature = "checks"), allow(dead_code, reason = "only the checks look there"))]
mod mark;
#[cfg(feature = "parse")]
mod meaning;
#[cfg(feature = "parse")]
mod policy;
#[cfg(feature = "parse")]
mod scan_rules;
#[cfg(feature = "parse")]
mod scopes_digest;

pub use crate::assurance::{AssuranceLevel, ParseAssuranceError};
pub use crate::digest::{ParseDigestError, PolicyDigest};
pub use crate::identity::{ImageDigest, ParseIdentityError, SourceDigest};
pub use crate::level::Level;
pub use crate::lifetime::{Lifetime, LifetimeError};
pub use crate::limits::MAX_POLICY_BYTES;
pub use crate::nearest::nearest;
pub use crate::position::{Position, Spanned};
pub use crate::rule::{ReadableBy, Rotate, Source, Uses};

#[cfg(feature = "parse")]
pub use crate::environment::{EnvironmentRule, SlotRule};
#[cfg(feature = "parse")]
pub use crate::error::{
    Named, PolicyError, PolicyErrorKind, PolicyErrors, Salvaged, SalvagedKind, SalvagedScope,
};
#[cfg(feature = "parse")]
pub use crate::policy::{KindRule, Policy, ScopeRule};
#[cfg(feature = "parse")]
pub use crate::scan_rules::ScanRules;
#[cfg(feature = "parse")]
pub use crate::scopes_digest::ScopesDigest;
