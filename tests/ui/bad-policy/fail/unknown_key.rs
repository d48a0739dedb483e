//! A key without a meaning is a rule that somebody believes in and nobody enforces.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("unknown_key.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
