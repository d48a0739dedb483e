//! A mistyped key is not silently left out.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, max_lifetme = "15m")]
struct ListRepos {
    token: Token<kind::GithubCi>,
}

fn main() {}
