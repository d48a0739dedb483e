//! A secret has no hash for a map.

use token_core::Secret;

fn hashes<T: std::hash::Hash>(_: &T) {}

fn hash(secret: &Secret) {
    hashes(secret);
}

fn main() {}
