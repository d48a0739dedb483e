//! A scope implies one that is not declared.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("unknown_implied_scope.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
