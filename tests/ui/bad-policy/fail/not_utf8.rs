//! A policy is UTF-8 text.

token_core::policy!("not_utf8.toml");

fn main() {}
