//! The type exists, and is no scope.

token_core::policy!("not_a_scope.toml");

fn main() {}
