//! An operation without scopes would be permitted to every token. The use of it is silent: one
//! mistake, one error.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
struct ListRepos;

fn list(token: &Token<kind::GithubCi>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
