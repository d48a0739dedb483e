//! Neither a reference nor an `Option` hides the token.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Pusher<'a> {
    token: Option<&'a Token<kind::GithubCi>>,
}

fn main() {}
