//! A spent token lives as long as its exposure, and no longer.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn text(token: Token<kind::OneShot>) -> Result<&'static str, Error> {
    let exposed = token.spend_for(&Deploy)?;
    Ok(exposed.as_str())
}

fn main() {}
