//! Every kind says how long its tokens may live.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("no_lifetime.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
