//! An exposed token does not serialize.

use token_core::Exposed;

fn serializes<T: serde::Serialize>(_: &T) {}

fn dump(exposed: &Exposed<'_>) {
    serializes(exposed);
}

fn main() {}
