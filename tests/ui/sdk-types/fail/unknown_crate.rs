//! No crate of this name is a dependency.

token_core::policy!("unknown_crate.toml");

fn main() {}
