//! A Rust type is named by its path, and `fn` is no name.

token_core::policy!("not_a_type.toml");

fn main() {}
