//! The kind's tokens may live longer than the policy's ceiling.

token_core::policy!("lifetime_above_ceiling.toml");

fn main() {}
