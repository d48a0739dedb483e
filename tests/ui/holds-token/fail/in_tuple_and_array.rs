//! A token deep inside tuples, arrays and boxed slices is found.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Pusher {
    tokens: Box<[(u8, [Token<kind::GithubCi>; 2])]>,
}

fn main() {}
