//! A lifetime is text, with a unit.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, max_lifetime = 15)]
struct ListRepos {
    token: Token<kind::GithubCi>,
}

fn main() {}
