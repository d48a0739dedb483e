//! A lease is a value of its own: what borrows from it cannot outlive the statement that made both.

use token_core::{Current, Error, RequireScopes};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn length(token: &dyn Current<kind::GithubCi>) -> Result<usize, Error> {
    let exposed = token.current()?.expose_for(&ListRepos)?;
    Ok(exposed.as_str().len())
}

fn main() {}
