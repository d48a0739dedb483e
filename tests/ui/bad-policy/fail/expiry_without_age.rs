//! A token that never expires has an age at which it is replaced.

token_core::policy!("expiry_without_age.toml");

fn main() {}
