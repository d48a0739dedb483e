//! An exposure borrows its token: it cannot be returned from where the token dies.

use token_core::{Error, Exposed, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn open(token: Token<kind::GithubCi>) -> Result<Exposed<'static>, Error> {
    token.expose_for(&Deploy)
}

fn main() {}
