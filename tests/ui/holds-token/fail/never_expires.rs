//! A token that never expires lives longer than any time.

use token_core::{RequireScopes, Token};

token_core::policy!("never_expires.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, max_lifetime = "3650d")]
struct Reader {
    token: Token<kind::Pat>,
}

fn main() {}
