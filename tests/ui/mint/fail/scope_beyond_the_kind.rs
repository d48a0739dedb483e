//! A token is to be minted with a scope that its kind does not carry.

use token_issue::Mint;

token_core::policy!("../../tokens.toml");

fn wide() -> Mint<kind::GithubCi> {
    Mint::<kind::GithubCi>::new().scopes::<(scope::RepoRead, scope::RepoWrite)>()
}

fn main() {}
