//! Whatever is missing is one error, with an example to copy.

use token_core::TokenKind;

#[derive(TokenKind)]
enum Ci {}

fn main() {}
