//! A secret is not a string.

use token_core::Secret;

fn text(secret: &Secret) -> &str {
    &**secret
}

fn main() {}
