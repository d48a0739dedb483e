//! `token_core::Token<K>` is the same type, however it is written.

token_core::policy!("../../tokens.toml");

#[derive(token_core::RequireScopes)]
#[require(scope::RepoWrite)]
struct Pusher(token_core::Token<kind::GithubCi>);

fn main() {}
