//! The policy declares no such scope.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRaed)]
struct ListRepos;

fn main() {}
