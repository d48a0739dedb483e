//! The owner's name runs from right to left.

token_core::policy!("bidirectional_name.toml");

fn main() {}
