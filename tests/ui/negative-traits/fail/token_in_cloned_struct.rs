//! A struct that holds a token cannot derive `Clone`. The message says how to share the token.

use token_core::Token;

token_core::policy!("../../tokens.toml");

#[derive(Clone)]
struct Client {
    token: Token<kind::GithubCi>,
}

fn main() {}
