//! A service of tonic and its client, over TCP. The verifier is the real one of token-issue.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod service;
mod statuses;
mod streams;
