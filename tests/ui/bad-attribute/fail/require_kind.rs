//! A token kind is not a scope.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(kind::GithubCi)]
struct ListRepos;

fn main() {}
