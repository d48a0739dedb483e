//! No method gives the bytes of a secret away.

use token_core::Secret;

fn bytes(secret: Secret) -> Vec<u8> {
    secret.into_bytes()
}

fn main() {}
