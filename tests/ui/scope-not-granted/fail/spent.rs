//! Spending a token is no way around its scopes: `spend_for` asks for the same permission as
//! `expose_for`.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

fn push(token: Token<kind::GithubCi>) -> Result<(), Error> {
    token.spend_for(&Push).map(drop)
}

fn main() {}
