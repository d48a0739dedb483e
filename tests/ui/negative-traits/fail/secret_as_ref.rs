//! `AsRef<[u8]>` would hand the bytes to any function that takes a slice.

use token_core::Secret;

fn bytes(secret: &Secret) -> &[u8] {
    <Secret as AsRef<[u8]>>::as_ref(secret)
}

fn main() {}
