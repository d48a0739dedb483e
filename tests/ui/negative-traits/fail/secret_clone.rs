//! A secret is not copied before admission either.

use token_core::Secret;

fn copy(secret: &Secret) -> Secret {
    Clone::clone(secret)
}

fn main() {}
