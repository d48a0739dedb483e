//! Who presented a token to *us*, and the proof that an operation is permitted to him.
//!
//! A service that issues tokens gets them back in requests. Three values stand for the three steps:
//!
//! 1. [`Presented`]: bytes of a request, of which nothing is known.
//! 2. [`Caller<K>`]: a [verifier](Verify) vouches for the token: at that moment it was genuine, valid and of kind `K`.
//! 3. [`Authorized<Op, K>`](Authorized): the **proof of scope**. The token permits operation `Op`. A function that does
//!    something for a caller takes one, so it cannot be called without the check:
//!
//! ```
//! # #[cfg(all(feature = "derive", feature = "std"))] {
//! use std::time::Duration;
//! use token_core::{
//!     AnyScopeSet, Authorized, Caller, RequireScopes, Scope, SystemClock, TokenId, TokenKind,
//!     caller::{Deadline, Verified},
//! };
//! # #[derive(Scope)] #[scope("deploy:run")] enum DeployRun {}
//! # #[derive(TokenKind)]
//! # #[token_kind(name = "deploy", scopes(DeployRun), max_lifetime = "15m")]
//! # enum Deploy {}
//!
//! #[derive(RequireScopes)]
//! #[require(DeployRun)]
//! struct Start;
//!
//! fn deploy(may: &Authorized<Start, Deploy>, repository: &str) -> String {
//!     format!("{} deploys {repository}", may.subject().unwrap_or("somebody"))
//! }
//!
//! // A verifier does this, after it has looked the token up.
//! let scopes = AnyScopeSet::from_names(Deploy::COMPILED, ["deploy:run"])?;
//! let in_ten_minutes = Deadline::after(Duration::from_secs(600), &SystemClock);
//! let verified = Verified::new(TokenId::from_bytes([7; 16]), scopes, in_ten_minutes);
//! let caller: Caller<Deploy> = verified.subject("job-17").vouch().of_kind()?;
//!
//! let may = caller.authorize::<Start>()?;
//! assert_eq!(deploy(&may, "token-core"), "job-17 deploys token-core");
//! # }
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod any;
mod authorized;
mod deadline;
mod refused;
mod subject;
mod verify;

pub use any::{AnyCaller, Verified};
pub use authorized::{Authorized, Caller};
pub use deadline::Deadline;
pub use refused::Refused;
pub use subject::Subject;
pub use verify::{BUILD_HEADER, Boxed, Hit, Presented, Verify, verify};
