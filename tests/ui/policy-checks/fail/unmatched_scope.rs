//! No kind carries the scope.
#![deny(deprecated)] // the lint through which a macro warns

token_core::policy!("unmatched_scope.toml");

fn main() {}
