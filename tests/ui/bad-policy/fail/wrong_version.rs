//! A file of another version may mean something else by the same words.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("wrong_version.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
