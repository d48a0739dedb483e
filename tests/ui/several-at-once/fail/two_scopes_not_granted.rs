//! Two scopes are missing, and each is named.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::RepoWrite)]
struct Mirror {
    token: Token<kind::OneShot>,
}

fn main() {}
