//! A token that is shared in an `Arc` is held all the same.

use std::sync::Arc;

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::RepoWrite)]
struct Pusher {
    token: Arc<Token<kind::GithubCi>>,
}

fn main() {}
