//! A scope that is listed twice was meant to be another one.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::RepoRead)]
struct ListRepos;

fn main() {}
