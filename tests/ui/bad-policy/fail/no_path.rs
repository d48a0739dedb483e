//! A call without a path.

token_core::policy!();

fn main() {}
