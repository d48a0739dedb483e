//! A generic struct without bounds lacks each scope.

use token_core::{RequireScopes, Token, TokenKind};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::DeployRun)]
struct Release<K: TokenKind> {
    token: Token<K>,
}

fn main() {}
