//! A secret does not print.

use token_core::Secret;

fn show(secret: &Secret) -> String {
    format!("{secret}")
}

fn main() {}
