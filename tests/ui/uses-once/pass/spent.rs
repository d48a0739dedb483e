//! The twin: spent once, by value.

use std::time::Duration;

use token_core::{Error, Grant, RequireScopes, Secret, Token, TokenKind};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

#[derive(TokenKind)]
#[token_kind(name = "by-hand", scopes(scope::DeployRun), max_lifetime = "5m", uses = "once")]
enum ByHand {}

fn main() -> Result<(), Error> {
    let grant = Grant::new("deploy:run").expires_in(Duration::from_secs(60));
    let token = Token::<kind::OneShot>::admit(Secret::from(String::from("abcdefgh")), &grant)?;
    assert_eq!(token.spend_for(&Deploy)?.as_str(), "abcdefgh");
    let token = Token::<ByHand>::admit(Secret::from(String::from("abcdefgh")), &grant)?;
    assert_eq!(token.spend_for(&Deploy)?.as_str(), "abcdefgh");
    Ok(())
}
