//! A kind lists a scope that the policy does not declare: a slip of the fingers, and the answer
//! says so.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("unknown_scope.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
