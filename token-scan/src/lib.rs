//! Finds API tokens that are written into sources: as a test, in a build script, or in a tool.
//!
//! ```no_run
//! // tests/leaks.rs
//! #[test]
//! fn no_token_is_written_into_the_sources() -> Result<(), token_scan::Error> {
//!     let policy = token_policy::Policy::parse(include_str!("../tokens.toml")).unwrap();
//!     token_scan::Scan::new().policy(&policy).tree(".")?.into_result()?;
//!     Ok(())
//! }
//! ```
//!
//! # What it finds
//!
//! *Certain* findings have [`Level::Deny`](token_policy::Level): tokens of the policy's own
//! [format](token_policy::format), tokens of issuers that publish a checksum or structure (GitHub, npm, PyPI, GitLab,
//! Grafana, age, Nostr), and private keys. A wrong checksum is not a finding.
//!
//! *Heuristic* findings have `Level::Warn`: what has the form of a well-known issuer's tokens, JSON Web Tokens, and values
//! that are assigned to the name of a secret and look drawn by chance.
//!
//! # Where it looks
//!
//! Into every file that `.gitignore` doesn't name, and those that git has all the same; into hidden ones too; into base64
//! (RFC 4648; at each of the three offsets for what is certain, in both alphabets, over several lines), hexadecimal digits,
//! percent-encoding, escapes of JSON, UTF-16 and gzip; and in `.rs` files into literals as the compiler reads them:
//! `concat!`, `+`, line continuations, escapes, byte strings and arrays.
//!
//! What was not searched, or not all of it, is in [`Report::notices`]: what is too large or unreadable, damaged gzip, and how many
//! archives there are, which are not opened.
//!
//! # What it never shows
//!
//! Eight bytes of a token, in any of its output.

#![forbid(unsafe_code)]

mod added;
mod checksum;
mod decode;
mod engine;
mod error;
mod explanation;
mod finding;
mod hidden;
mod judge;
mod known;
mod mask;
mod progress;
mod report;
mod rule;
mod rust;
mod scan;
mod scanner;
mod source;
mod suppress;
mod text;

pub use token_policy::checks::Explanation;
pub use token_policy::report::{Finding, Notice, Place};
pub use token_policy::{Level, Policy};

pub use crate::error::{Error, ErrorKind};
pub use crate::explanation::explanations;
pub use crate::hidden::Hidden;
pub use crate::progress::Progress;
pub use crate::report::{Leaks, Report, Skipped, Why, notice_explanations};
pub use crate::rule::{Certainty, Rule};
pub use crate::scan::Scan;
pub use crate::scanner::Scanner;
pub use crate::source::git;
pub use crate::suppress::{Entry, EntryError};

/// What a file of suppressions is called, in the root of a repository, unless somebody says otherwise.
pub const SUPPRESSIONS_FILE: &str = "tokens.suppressions";
