//! `repo:write` and `repo.write` differ for the issuer, and would be one type for the compiler,
//! which would then grant both.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("equal_scope_types.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
