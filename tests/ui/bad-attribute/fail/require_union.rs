//! An operation is a struct or an enum.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
union Bits {
    a: u8,
    b: i8,
}

fn main() {}
