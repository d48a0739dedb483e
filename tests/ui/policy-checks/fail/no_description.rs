//! The policy wants a description of each scope.
#![deny(deprecated)] // the lint through which a macro warns

token_core::policy!("no_description.toml");

fn main() {}
