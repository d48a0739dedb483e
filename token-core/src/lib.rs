//! API tokens that are safe by construction.
//!
//! The rules for a service's tokens are a file in its repository, `tokens.toml`. The compiler
//! reads it ([`policy!`]) and refuses code that uses a token beyond its scopes. At run time a token is wiped,
//! unprintable, and refused when it has expired or its grant is not exactly what the policy says.
//!
//! # The way of a token
//!
//! 1. [`source`] yields a [`Secret`]: bytes on the heap that are wiped on drop, and nothing else.
//! 2. [`Token::admit`] takes the secret and its [`Grant`] (what the issuer said about it) and compares them with
//!    the policy. It is the only birth of a [`Token<K>`](Token).
//! 3. [`Token::expose_for`] lends the text for one operation, while the token is valid. It
//!    compiles only if kind `K` grants the scopes that the operation requires.
//! 4. Dropping the token, or finding it expired, wipes it. Its [`TokenId`] remains, safe to log.
//!
//! # What a service writes
//!
//! ```toml
//! # tokens.toml, beside Cargo.toml
//! version = 1
//!
//! [scopes]
//! "repo:read"  = "Read repositories"
//! "repo:write" = { description = "Push", implies = ["repo:read"] }
//!
//! [tokens.github-ci]
//! owner        = "platform-team"
//! scopes       = ["repo:read"]
//! max_lifetime = "1h"
//! ```
//!
//! ```
//! # #[cfg(all(feature = "derive", feature = "std"))] {
//! use std::time::Duration;
//! use token_core::{Grant, RequireScopes, Secret, Token};
//!
//! # /*
//! token_core::policy!("../tokens.toml"); // makes `mod scope`, `mod kind` and `POLICY`
//! # */
//! # mod made {
//! #     pub mod scope { #[derive(token_core::Scope)] #[scope("repo:read")] pub struct RepoRead; } #[derive(token_core::TokenKind)]
//! #     #[token_kind(name = "github-ci", scopes(scope::RepoRead), max_lifetime = "1h")]
//! #     pub struct GithubCi; pub mod kind { pub use super::GithubCi; }
//! # }
//! # use made::{kind, scope};
//!
//! #[derive(RequireScopes)]
//! #[require(scope::RepoRead)]
//! struct ListRepos;
//!
//! let secret = Secret::from(String::from("ghp_exampleexampleexample"));
//! let grant = Grant::new("repo:read").expires_in(Duration::from_secs(600));
//! let token = Token::<kind::GithubCi>::admit(secret, &grant)?;
//!
//! println!("with {:?}", token.expose_for(&ListRepos)?); // with Exposed([redacted])
//! # }
//! # Ok::<(), token_core::Error>(())
//! ```
//!
//! If `ListRepos` needed `scope::RepoWrite`, the last line would not compile.
//!
//! # Where to look
//!
//! | to | see |
//! |---|---|
//! | write the policy | [`policy!`], and `reference.toml` in the crate `token-policy` |
//! | load a token | [`source`] |
//! | hold a personal access token, an API key, a password, an AWS pair, … | [holding.md](https://github.com/token-core/token-core/blob/main/docs/holding.md), with a snippet for each |
//! | declare what an operation needs | the derive macro `RequireScopes` |
//! | declare scopes in an SDK crate | the derive macro `Scope`; [`assert_scopes!`] tells when they change |
//! | send a token | `Exposed::bearer_header`, `basic_header`, `raw_header`, `scheme_header` (feature `http`), [`Exposed::as_str`] |
//! | know why a server refused a token, and try once more | `http::Rejected`, `http::send` (feature `http`) |
//! | refuse to run under another policy | `CompiledPolicy::check_file` (feature `policy-file`) |
//! | check what a caller's token permits | [`caller`] |
//! | write a client that asks for whichever token is current | [`Current`] |
//! | replace a token while others use it | the crate `token-rotate`; [`Token::replaced_by`], [`Token::end`] |
//! | put the life of tokens on record | [`Admission`], [`record`]; the log itself is the crate `token-audit` |
//! | hold a secret that is no token, such as a key | [`Secret::fill`], [`Secret::with_bytes`], [`wipe`] |
//! | test with a clock of your own | [`ManualClock`], [`Token::admit_with_clock`] |
//! | issue tokens of your own, and verify them | the crate `token-issue` |
//! | mask tokens in logs and panics | the crate `token-redact` |
//! | find tokens in sources | the crate `token-scan`, the command `tokenctl scan` |
//! | decide on an error | [`Error::kind`] |
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | the system's clocks, and [`source`]; without it the crate is `no_std` + `alloc` and needs a [`Clock`] of yours |
//! | `derive` | yes | the derive macros: all that an SDK crate needs |
//! | `policy` | yes | [`policy!`], which reads `tokens.toml` when the service is compiled |
//! | `policy-file` | yes | `CompiledPolicy::check_file`, which reads the deployed `tokens.toml` at run time |
//! | `toml` | yes | `source::ConfigFile` for TOML |
//! | `json` | | `source::ConfigFile` for JSON, and `source::TokenResponse` (OAuth 2.0) |
//! | `http` | | headers with a token: `Bearer`, `Basic`, another scheme, the token alone; and `http`, what a server says against one |
//! | `serde` | | `Deserialize` for [`Secret`], both ways for [`TokenId`] |
//! | `secrecy` | | exchange with `SecretString` |
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "policy", feature = "std")),
    allow(rustdoc::broken_intra_doc_links, reason = "this page links to `policy!` and `source`")
)]
#![deny(unsafe_code)]

extern crate alloc;

mod assurance;
pub mod caller;
mod clock;
mod digest;
mod error;
#[cfg(feature = "http")]
pub mod http;
mod id;
pub mod policy;
pub mod record;
pub mod scope;
// The only room with `unsafe`; each block says why it is sound.
#[allow(unsafe_code)]
mod secret;
#[cfg(feature = "std")]
pub mod source;
mod token;

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "__test")]
#[doc(hidden)]
pub mod __test {
    pub use crate::__private::*;
}

pub use assurance::{Assurance, Attested, HardwareEvidence, PlatformEvidence};
pub use caller::{AnyCaller, Authorized, Caller, Verify};
#[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
pub use clock::SystemClock;
pub use clock::{Clock, ManualClock};
pub use digest::{AssuranceLevel, ImageDigest, PolicyDigest, SourceDigest};
pub use error::{Error, ErrorKind};
pub use id::TokenId;
#[doc(inline)]
pub use scope::{
    AnyScopeSet, Authorizes, Grants, Kinds, PermittedBy, RequireScopes, Reusable, Scope, ScopeSet,
    TokenKind,
};
pub use secret::{Secret, wipe};
pub use time::UtcDateTime;
pub use token::{Admission, Current, Exposed, Grant, Lease, Mask, Masked, Token};
#[cfg(feature = "policy")]
pub use token_derive::policy;
#[cfg(feature = "derive")]
pub use token_derive::{RequireScopes, Scope, TokenKind};
