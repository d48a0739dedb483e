//! `AsRef<str>` would hand the text to any function that takes a string.

use token_core::Exposed;

fn text<'e>(exposed: &'e Exposed<'_>) -> &'e str {
    <Exposed<'_> as AsRef<str>>::as_ref(exposed)
}

fn main() {}
