//! A scope name is a scope token of RFC 6749: no spaces.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("bad_scope_name.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
