//! A lifetime is written like `15m`.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, max_lifetime = "15 minutes")]
struct ListRepos {
    token: Token<kind::GithubCi>,
}

fn main() {}
