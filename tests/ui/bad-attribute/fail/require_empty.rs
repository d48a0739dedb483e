//! At least one scope is demanded.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require()]
struct ListRepos;

fn main() {}
