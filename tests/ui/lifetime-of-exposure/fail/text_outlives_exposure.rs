//! The text is borrowed from the exposure: it cannot be kept after the exposure ended.

use token_core::{Error, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn length(token: &Token<kind::GithubCi>) -> Result<usize, Error> {
    let text = token.expose_for(&Deploy)?.as_str();
    Ok(text.len())
}

fn main() {}
