//! A kind that is declared by derive grants what its list says, and nothing else.

use token_core::{Error, RequireScopes, Scope, Token, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(Scope)]
#[scope("repo:write")]
enum RepoWrite {}

#[derive(TokenKind)]
#[token_kind(name = "reader", scopes(RepoRead), max_lifetime = "1h")]
enum Reader {}

#[derive(RequireScopes)]
#[require(RepoWrite)]
struct Push;

fn push(token: &Token<Reader>) -> Result<(), Error> {
    token.expose_for(&Push).map(drop)
}

fn main() {
    let _ = RepoRead::NAME;
}
