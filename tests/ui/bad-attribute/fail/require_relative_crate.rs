//! The path of token-core must be absolute.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, crate = "token_core")]
struct ListRepos;

fn main() {}
