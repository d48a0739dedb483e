//! A bad name, a leeway that is too long, an unknown key, and no scopes.

use token_core::TokenKind;

#[derive(TokenKind)]
#[token_kind(name = "CI", max_lifetime = "1h", leeway = "1h", onwer = "platform-team")]
enum Ci {}

fn main() {}
