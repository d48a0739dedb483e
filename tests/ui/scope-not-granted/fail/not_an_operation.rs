//! A token is exposed for an operation, and a type that does not say which scopes it needs is none.

use token_core::{Error, Token};

token_core::policy!("../../tokens.toml");

struct ListRepos;

fn list(token: &Token<kind::GithubCi>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
