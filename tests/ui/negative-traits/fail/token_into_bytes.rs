//! No method gives the bytes away: what left the token could not be wiped by it.

use token_core::Token;

token_core::policy!("../../tokens.toml");

fn bytes(token: Token<kind::GithubCi>) -> Vec<u8> {
    token.into_bytes()
}

fn main() {}
