//! The kind does not say when its tokens are replaced.
#![deny(deprecated)] // the lint through which a macro warns

token_core::policy!("no_rotation.toml");

fn main() {}
