//! Each variant of an enum may hold a token, and each is checked: the second one lacks a scope.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
enum Pusher {
    Publisher(Token<kind::Publisher>),
    Ci { token: Token<kind::GithubCi> },
}

fn main() {}
