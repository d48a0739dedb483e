//! A level is set for a check that is not there.
#![deny(deprecated)] // the lint through which a macro warns

token_core::policy!("unmatched_check.toml");

fn main() {}
