//! A lease of a token permits no more than the token's kind.

use token_core::{Current, Error, RequireScopes};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

fn push(token: &dyn Current<kind::GithubCi>) -> Result<usize, Error> {
    token.current()?.with(&Push, |exposed| exposed.as_str().len())
}

fn main() {}
