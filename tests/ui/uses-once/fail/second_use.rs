//! A token that is used once is spent by value. A second use would need a token that is gone.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn deploy_twice(token: Token<kind::OneShot>) -> Result<(), Error> {
    let _ = token.spend_for(&Deploy)?;
    token.spend_for(&Deploy).map(drop)
}

fn main() {}
