//! A wildcard that stands for no scope is a mistake, not an empty list.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("nothing_matched.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
