//! A token is not a string: the way to its text is an exposure, for an operation.

use token_core::Token;

token_core::policy!("../../tokens.toml");

fn text(token: &Token<kind::GithubCi>) -> &str {
    &**token
}

fn main() {}
