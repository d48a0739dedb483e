//! A copy of a token would outlive the wipe of the first one.

use token_core::Token;

token_core::policy!("../../tokens.toml");

fn copy(token: &Token<kind::GithubCi>) -> Token<kind::GithubCi> {
    Clone::clone(token)
}

fn main() {}
