//! The file is not TOML. The types that could be read are there all the same, so that this is the
//! only error.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("syntax.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list(token: &Token<kind::Ci>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
