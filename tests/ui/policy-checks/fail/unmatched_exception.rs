//! The exception matches no finding.
#![deny(deprecated)] // the lint through which a macro warns

token_core::policy!("unmatched_exception.toml");

fn main() {}
