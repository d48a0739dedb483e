//! The kind of a function for tokens of any kind may be one whose tokens are used once, unless its bounds say otherwise.

use token_core::{Error, Grants, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list<K: Grants<scope::RepoRead>>(token: &Token<K>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
