//! Keeps the tokens of a service fresh: fetched from their issuer before they expire, and retired when they were replaced.
//!
//! An [`Issuer`] is where tokens of one kind come from: a server that makes one, a helper command, a file that an agent
//! writes. [`AsyncIssuer`] is the same for an async runtime.
//!
//! | to | see |
//! |---|---|
//! | write an issuer | [`Issuer`] or [`AsyncIssuer`]; [`Fetched`], [`Failure`], [`Attempt`] |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod issuer;

pub use issuer::{AsyncIssuer, Attempt, Failure, Fetched, Handle, Issuer};
