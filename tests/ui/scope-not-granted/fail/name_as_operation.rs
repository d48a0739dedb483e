//! The name of a scope is no operation.

use token_core::{Error, Token};

token_core::policy!("../../tokens.toml");

fn list(token: Token<kind::OneShot>) -> Result<(), Error> {
    token.spend_for("deploy:run").map(drop)
}

fn main() {}
