//! A scope that is declared later would be granted too.
#![deny(deprecated)] // the lint through which a macro warns

token_core::policy!("wildcard_scope.toml");

fn main() {}
