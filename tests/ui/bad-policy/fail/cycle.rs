//! Scopes that imply each other are one scope with two names.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("cycle.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
