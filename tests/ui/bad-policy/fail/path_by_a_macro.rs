//! The compiler expands the outer macro first, so no macro can stand in the place of the path.

token_core::policy!(concat!(env!("CARGO_MANIFEST_DIR"), "/tokens.toml"));

fn main() {}
