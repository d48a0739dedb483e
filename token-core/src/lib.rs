//! API tokens that are safe by construction.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

extern crate alloc;

mod clock;
mod error;
#[cfg(feature = "http")]
mod http;
mod id;
pub mod policy;
pub mod scope;
// The only room with `unsafe`; each block says why it is sound.
#[allow(unsafe_code)]
mod secret;
#[cfg(feature = "std")]
pub mod source;
mod token;

#[doc(hidden)]
pub mod __private;

#[cfg(feature = "std")]
pub use clock::SystemClock;
pub use clock::{Clock, ManualClock};
pub use error::{Error, ErrorKind};
pub use id::TokenId;
pub use scope::{Grants, PermittedBy, RequireScopes, Reusable, Scope, ScopeSet, TokenKind};
pub use secret::Secret;
pub use token::{Exposed, Grant, Token};
#[cfg(feature = "derive")]
pub use token_derive::{RequireScopes, Scope, TokenKind, policy};
