//! Keeps the tokens of a service fresh: fetched before they expire, swapped while others read, retired and wiped.
//!
//! The token policy (`tokens.toml`) says when a token is replaced: `rotate = { before_expiry = "10m", overlap = "2m" }`. A [`Rotating`]
//! does it, from a thread of its own or from tasks of tokio (feature `tokio`).
//!
//! ```
//! use std::time::Duration;
//! use token_core::{Admission, Grant, RequireScopes, Secret};
//! use token_rotate::{Attempt, Failure, Fetched, Issuer, Rotating};
//!
//! # /*
//! token_core::policy!("../tokens.toml"); // makes `mod scope`, `mod kind` and `POLICY`
//! # */
//! # token_core::policy!("../tests/it/tokens.toml");
//!
//! #[derive(RequireScopes)]
//! #[require(scope::RepoRead)]
//! struct ListRepos;
//!
//! /// Where the tokens come from. `Rotating::from_policy` takes what the policy says in `source`.
//! struct Server;
//!
//! impl Issuer<kind::Ci> for Server {
//!     fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
//!         # let text = format!("tok_wQ8zL3nVb7XkR2mTj5YcF9dH{}", attempt.number());
//!         let secret = Secret::from(text); // of the server's answer
//!         Ok(Fetched::new(secret, Grant::new("repo:read").expires_in(Duration::from_secs(3600))))
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let github = Rotating::<kind::Ci>::options(Admission::new(), Server).start()?; // fetches the first token
//!
//! let token = github.current()?; // never waits: a valid token, or an error at once
//! println!("with {:?}", token.expose_for(&ListRepos)?);
//!
//! github.rejected(token.id()); // a server said 401: another one is fetched, if this one is still the current one
//! drop(token);
//! let token = github.wait(Duration::from_secs(10))?; // waits, if nothing valid is held
//! # drop(token);
//! github.close(Duration::from_secs(5))?; // no new fetch; wiped, on record, and its thread has ended
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//!
//! - While a token is valid, no failure of its issuer reaches a reader. A token that has expired, or that a server has
//!   rejected, is given to nobody. Nothing stale is served.
//! - There is one fetch at a time for each kind, at most one a second, and another one before the token expires if one has failed. Kinds have
//!   nothing to do with each other.
//! - A thousand callers without a token have one fetch made, also if all but one give up. Instances of a service are spread over the
//!   first two thirds of the window.
//! - A token that was replaced is ended at its issuer after the overlap, and wiped when it expires, whoever has leased it.
//!
//! | to | see |
//! |---|---|
//! | keep a token fresh | [`Rotating`], [`Options`] |
//! | take whatever token a library's user has | [`token_core::Current`], which `Rotating` implements |
//! | take tokens from a file that somebody else writes | [`Watched`] |
//! | take tokens from any function | [`FromFn`] |
//! | take tokens from a token endpoint (OAuth 2.0) | `oauth` |
//! | take tokens from an issuer of this program | `Minted` |
//! | put the token on the requests of a client | `tower` |
//! | replace a token that a service does not fetch itself | `replace` |
//! | write an issuer | [`Issuer`] or [`AsyncIssuer`]; [`Fetched`], [`Failure`], [`Attempt`] |
//! | test with a clock of your own | [`Options::by_hand`] |
//! | mask each new token in logs | [`Options::follow`] |
//! | see how it goes | [`Rotating::health`], [`Rotating::watch`] |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `issue` | `Minted`: tokens that an issuer of this program mints |
//! | `oauth` | `oauth`: access tokens by client credentials and by a refresh token |
//! | `tokio` | `Options::start_on_tokio`, for an [`AsyncIssuer`] |
//! | `tower` | `tower`: a layer for clients |
//! | `conformance` | `conformance`: a suite of tests for who writes an issuer |
//! | `replace` | `replace`: replaces a token from a pipeline, as `tokenctl rotate` does |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "conformance")]
pub mod conformance;
mod drive;
mod error;
mod from_fn;
mod from_policy;
mod issuer;
#[cfg_attr(
    not(feature = "__test"),
    allow(unreachable_pub, dead_code, unused_imports, reason = "the tests of its model need it")
)]
mod machine;
#[cfg(feature = "issue")]
mod minted;
#[cfg_attr(
    not(feature = "__test"),
    allow(unreachable_pub, reason = "the tests of the model need it")
)]
mod moment;
#[cfg(feature = "oauth")]
pub mod oauth;
#[cfg(feature = "replace")]
pub mod replace;
mod rotating;
#[cfg(feature = "tower")]
pub mod tower;
mod watched;
mod words;

pub use drive::ByHand;
pub use error::{Error, ErrorKind};
pub use from_fn::FromFn;
pub use from_policy::FromPolicy;
pub use issuer::{AsyncIssuer, Attempt, Failure, Fetched, Handle, Issuer};
pub use machine::State;
#[cfg(feature = "issue")]
pub use minted::Minted;
pub use rotating::{Act, Changes, Fresh, Health, Loan, Options, Rotating};
pub use watched::Watched;

#[cfg(feature = "__test")]
#[doc(hidden)]
pub mod __test {
    pub use crate::{machine::*, moment::Moment};
}
