//! Finds API tokens that are written into sources. Use it as a test, in a build script, or in a tool.
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
//! *Certain* findings: tokens of the policy's own [format](token_policy::format), tokens of issuers that publish a checksum
//! or structure (GitHub, npm, PyPI, GitLab, Grafana, age, Nostr), and private keys that nothing protects. A text with a wrong
//! checksum is no finding.
//!
//! *Specific* findings: texts with an issuer's own prefix, length and alphabet that look drawn at random, such as keys of Stripe,
//! AWS, Slack and OpenAI. Of a million lines without secrets, at most one has such a text.
//!
//! *Guesses*: texts of a form that other texts have too, JSON Web Tokens, and values that look random and are assigned to a name
//! such as `api_key`.
//!
//! Certain and specific findings have [`Level::Deny`](token_policy::Level), guesses `Level::Warn`. [`Scan::level`] and the policy's
//! `[scan]` table change that.
//!
//! # Where it looks
//!
//! It looks in every file, hidden files too. Only what git neither tracks nor would add, because a `.gitignore` names it,
//! is left out. Encoded text is decoded: base64 (RFC 4648; in both alphabets, over several lines, and for certain findings
//! at each of the three offsets), hexadecimal digits, percent-encoding, escapes of JSON, UTF-16 and gzip. In `.rs`
//! files, literals are read as the compiler does: `concat!`, `+`, line continuations, escapes, byte strings and arrays.
//!
//! A file that is decoded as a whole is searched as it is too, for what is certain.
//!
//! [`Report::notices`] names what was not searched, or not all of it: files that are too large or unreadable, damaged
//! gzip, what is too much or too deep to be decoded, and how many archives there are, which are not opened.
//!
//! # What it never shows
//!
//! No output contains eight consecutive bytes of a token.

#![forbid(unsafe_code)]

mod added;
mod beside;
mod checksum;
mod decode;
mod engine;
mod error;
mod excerpt;
mod explanation;
mod finding;
mod hidden;
mod judge;
mod known;
mod levels;
mod mask;
mod own;
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

pub use crate::beside::{Declarations, declarations};
pub use crate::error::{Error, ErrorKind};
pub use crate::explanation::explanations;
pub use crate::finding::TOKEN_ID;
pub use crate::hidden::Hidden;
pub use crate::progress::Progress;
pub use crate::report::{Leaks, Report, Skipped, Why, notice_explanations};
pub use crate::rule::{Rule, Sort};
pub use crate::scan::Scan;
pub use crate::scanner::Scanner;
pub use crate::source::{Apart, Range, Root, commit, git};
pub use crate::suppress::{Entry, EntryError};

/// The default name of the file of suppressions, which is in the root of a repository.
pub const SUPPRESSIONS_FILE: &str = "tokens.suppressions";
