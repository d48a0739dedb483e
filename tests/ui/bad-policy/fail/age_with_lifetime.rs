//! A token that expires is replaced before that, and not by its age.

token_core::policy!("age_with_lifetime.toml");

fn main() {}
