//! Who has only a reference cannot spend the token: others may hold one too.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn deploy(token: &Token<kind::OneShot>) -> Result<(), Error> {
    token.spend_for(&Deploy).map(drop)
}

fn main() {}
