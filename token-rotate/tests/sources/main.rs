//! Where tokens come from: files that somebody else writes, token endpoints, functions, an issuer of the same program.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]
#![allow(missing_docs, unreachable_pub, reason = "tests")]

mod layer;
mod minted;
mod oauth;
mod refresh;
mod schedules;
mod support;
mod watched;

token_core::policy!("tokens.toml");
