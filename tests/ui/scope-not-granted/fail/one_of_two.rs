//! An operation needs all of its scopes. The kind grants one of the two, and the compiler names the
//! other one.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::DeployRun)]
struct Release;

fn release(token: &Token<kind::Publisher>) -> Result<(), Error> {
    token.expose_for(&Release).map(drop)
}

fn main() {}
