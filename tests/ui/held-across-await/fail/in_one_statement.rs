//! The exposure lives until the end of its statement, so a spawned future would hold it while the server answers.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

async fn send(_header: String) {}

async fn list(token: &Token<kind::GithubCi>) -> Result<(), Error> {
    send(token.expose_for(&ListRepos)?.as_str().to_owned()).await;
    Ok(())
}

/// As a runtime of several threads spawns.
fn spawn(_future: impl Future<Output = Result<(), Error>> + Send) {}

fn start(token: &Token<kind::GithubCi>) {
    spawn(list(token));
}

fn main() {}
