//! Each mistake of a policy is an error of its own, with its own line and column, and all are
//! reported at once.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("policy.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
