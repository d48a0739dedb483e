//! The twin: what a service does instead. It shares by `Arc`, prints the id, and reads through an
//! exposure.

use std::{sync::Arc, time::Duration};

use token_core::{Error, Grant, RequireScopes, Secret, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn main() -> Result<(), Error> {
    let grant = Grant::new("deploy:run repo:read").expires_in(Duration::from_secs(60));
    let token = Token::<kind::GithubCi>::admit(Secret::from(String::from("abcdefgh")), &grant)?;
    let token = Arc::new(token);
    let shared = Arc::clone(&token);
    assert_eq!(shared.id(), token.id());
    assert!(format!("{token:?}").contains("[redacted]"));
    assert!(!format!("{token:?} {:?}", token.id()).contains("abcdefgh"));
    assert_eq!(token.expose_for(&Deploy)?.as_bytes(), b"abcdefgh");
    Ok(())
}
