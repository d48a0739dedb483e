//! A kind without `repo:write` pushes. This is the promise of the whole project: the token would
//! have to be exposed for an operation that the policy does not permit its kind.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

fn push(token: &Token<kind::GithubCi>) -> Result<(), Error> {
    token.expose_for(&Push).map(drop)
}

fn main() {}
