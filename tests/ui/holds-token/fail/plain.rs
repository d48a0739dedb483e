//! A struct that holds a token is checked where it is declared, before it ever uses the token.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Pusher {
    token: Token<kind::GithubCi>,
}

fn main() {}
