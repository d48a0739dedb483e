//! A kind name is lowercase words joined by hyphens. What was built on the kind is silent.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("bad_kind_name.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
