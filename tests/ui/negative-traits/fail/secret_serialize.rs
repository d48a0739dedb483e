//! A secret can be read from a config, and not written to one.

use token_core::Secret;

fn serializes<T: serde::Serialize>(_: &T) {}

fn dump(secret: &Secret) {
    serializes(secret);
}

fn main() {}
