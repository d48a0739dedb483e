//! `expose_for` would leave the token for another use, so a kind with `uses = "once"` does not have
//! it.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn deploy(token: &Token<kind::OneShot>) -> Result<(), Error> {
    token.expose_for(&Deploy).map(drop)
}

fn main() {}
