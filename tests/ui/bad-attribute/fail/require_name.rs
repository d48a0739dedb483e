//! A scope is a type here, so that a wrong one is found by the compiler.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require("repo:read")]
struct ListRepos;

fn main() {}
