//! A token does not move away under an exposure.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn open(token: Token<kind::GithubCi>) -> Result<(), Error> {
    let exposed = token.expose_for(&Deploy)?;
    drop(token);
    assert_eq!(exposed.as_bytes().len(), 8);
    Ok(())
}

fn main() {}
