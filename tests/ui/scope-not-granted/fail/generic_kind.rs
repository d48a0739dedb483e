//! A function for tokens of any kind must say in its bounds which scopes the kind has to grant. The
//! mistake is found in the function itself, before anybody calls it.

use token_core::{Error, RequireScopes, Reusable, Token, TokenKind};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn list<K: TokenKind + Reusable>(token: &Token<K>) -> Result<(), Error> {
    token.expose_for(&ListRepos).map(drop)
}

fn main() {}
