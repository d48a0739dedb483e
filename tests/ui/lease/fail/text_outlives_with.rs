//! What `with` lends does not leave its closure.

use token_core::{Current, Error, RequireScopes};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn length(token: &dyn Current<kind::GithubCi>) -> Result<usize, Error> {
    let lease = token.current()?;
    let text = lease.with(&ListRepos, |exposed| exposed.as_str())?;
    Ok(text.len())
}

fn main() {}
