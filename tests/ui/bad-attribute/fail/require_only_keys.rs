//! A key is not a scope.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(crate = ::token_core)]
struct ListRepos;

fn main() {}
