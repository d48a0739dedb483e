//! A scope is what an operation needs, and no operation.

use token_core::{Error, Token};

token_core::policy!("../../tokens.toml");

fn list(token: &Token<kind::GithubCi>) -> Result<(), Error> {
    token.expose_for(&scope::RepoRead).map(drop)
}

fn main() {}
