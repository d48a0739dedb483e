//! What the policy allows or excepts is quiet.
#![deny(warnings)]

token_core::policy!("tokens.toml");

fn main() {}
