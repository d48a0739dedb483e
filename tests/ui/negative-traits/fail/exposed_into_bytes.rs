//! No method gives the bytes of an exposure away.

use token_core::Exposed;

fn bytes(exposed: Exposed<'_>) -> Vec<u8> {
    exposed.into_bytes()
}

fn main() {}
