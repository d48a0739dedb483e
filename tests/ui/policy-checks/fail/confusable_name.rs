//! Two scopes look alike.

token_core::policy!("confusable_name.toml");

fn main() {}
