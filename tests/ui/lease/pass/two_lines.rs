//! The two-line form, and the forms in one line.

use std::{sync::Arc, time::Duration};

use token_core::{Current, Error, Grant, RequireScopes, Secret, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn lengths(token: &dyn Current<kind::GithubCi>) -> Result<[usize; 3], Error> {
    let lease = token.current()?;
    let exposed = lease.expose_for(&ListRepos)?;
    let with = token.current()?.with(&ListRepos, |exposed| exposed.as_str().len())?;
    let header = token.current()?.header(&ListRepos)?;
    Ok([exposed.as_str().len(), with, header.len()])
}

fn main() -> Result<(), Error> {
    let grant = Grant::new("repo:read deploy:run").expires_in(Duration::from_secs(60));
    let token = Arc::new(Token::admit(Secret::from(vec![b'x'; 20]), &grant)?);
    assert_eq!(lengths(&token)?, [20, 20, 27]);
    token.end();
    assert!(lengths(&token).is_err());
    Ok(())
}
