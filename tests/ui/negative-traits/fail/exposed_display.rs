//! Even an exposed token does not print by accident: `as_str` is a word that a reviewer can find.

use token_core::Exposed;

fn show(exposed: &Exposed<'_>) -> String {
    format!("{exposed}")
}

fn main() {}
