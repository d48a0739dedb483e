//! A kind without a policy file can be used once as well.

use token_core::{Error, RequireScopes, Scope, Token, TokenKind};

#[derive(Scope)]
#[scope("deploy:run")]
enum DeployRun {}

#[derive(TokenKind)]
#[token_kind(name = "one-shot", scopes(DeployRun), max_lifetime = "5m", uses = "once")]
enum OneShot {}

#[derive(RequireScopes)]
#[require(DeployRun)]
struct Deploy;

fn deploy(token: &Token<OneShot>) -> Result<(), Error> {
    token.expose_for(&Deploy).map(drop)
}

fn main() {}
