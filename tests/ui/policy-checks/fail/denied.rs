//! The policy denies what is a warning otherwise.

token_core::policy!("denied.toml");

fn main() {}
