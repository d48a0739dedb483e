//! A token either never expires or lives at most so long.

token_core::policy!("expiry_and_lifetime.toml");

fn main() {}
