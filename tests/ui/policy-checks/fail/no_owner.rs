//! Nobody answers for the kind's tokens.
#![deny(deprecated)] // the lint through which a macro warns

token_core::policy!("no_owner.toml");

fn main() {}
