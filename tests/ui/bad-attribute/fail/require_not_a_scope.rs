//! A type that exists, and is no scope.

use token_core::RequireScopes;

#[derive(RequireScopes)]
#[require(String)]
struct ListRepos;

fn main() {}
