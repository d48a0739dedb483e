//! A folder is no policy.

token_core::policy!("..");

fn main() {}
