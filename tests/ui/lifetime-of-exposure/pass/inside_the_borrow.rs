//! The twins: the text is read while the exposure lives, and the exposure while the token lives.

use token_core::{Error, Exposed, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn open(token: &Token<kind::GithubCi>) -> Result<Exposed<'_>, Error> {
    token.expose_for(&Deploy)
}

fn length(token: &Token<kind::GithubCi>) -> Result<usize, Error> {
    let exposed = open(token)?;
    let text = exposed.as_str();
    Ok(text.len())
}

fn spend(token: Token<kind::OneShot>) -> Result<Exposed<'static>, Error> {
    token.spend_for(&Deploy)
}

fn main() {
    let _ = (length, spend);
}
