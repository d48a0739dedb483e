//! A token that lives for no time is never admitted.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("zero_lifetime.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
