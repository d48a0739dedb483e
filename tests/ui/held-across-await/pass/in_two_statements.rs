//! The twin: the header is made in a statement of its own, and outlives the exposure.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

async fn send(_header: String) {}

async fn list(token: &Token<kind::GithubCi>) -> Result<(), Error> {
    let header = format!("Bearer {}", token.expose_for(&ListRepos)?.as_str());
    send(header).await;
    Ok(())
}

/// As a runtime of several threads spawns.
fn spawn(_future: impl Future<Output = Result<(), Error>> + Send) {}

fn start(token: &Token<kind::GithubCi>) {
    spawn(list(token));
}

fn main() {}
