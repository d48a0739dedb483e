//! A token kind is no operation.

use token_core::{Error, Token};

token_core::policy!("../../tokens.toml");

fn list(token: &Token<kind::GithubCi>) -> Result<(), Error> {
    token.expose_for(&kind::GithubCi).map(drop)
}

fn main() {}
