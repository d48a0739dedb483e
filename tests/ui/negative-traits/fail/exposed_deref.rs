//! An exposure does not turn into a string where one is expected.

use token_core::Exposed;

fn text<'e>(exposed: &'e Exposed<'_>) -> &'e str {
    &**exposed
}

fn main() {}
