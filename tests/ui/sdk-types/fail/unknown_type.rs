//! The SDK has no such type.

token_core::policy!("unknown_type.toml");

fn main() {}
