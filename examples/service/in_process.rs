//! The parts of the example `service` that hold a token, on a clock that stands still. `runs.rs` tests the whole.
#![allow(dead_code, reason = "`main` of the example uses the rest")]

#[path = "elsewhere.rs"]
mod elsewhere;
#[path = "oauth.rs"]
mod oauth;
#[path = "orders.rs"]
mod orders;
#[path = "tests.rs"]
mod tests;

token_core::policy!("../service.toml");
