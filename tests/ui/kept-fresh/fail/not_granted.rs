//! A token that is kept fresh carries the scopes of its kind, and no others.

use token_core::RequireScopes;
use token_rotate::Rotating;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

fn push(github: &Rotating<kind::GithubCi>) -> Result<(), Box<dyn std::error::Error>> {
    let token = github.current()?;
    token.expose_for(&Push)?;
    Ok(())
}


fn main() {
    let _ = push;
}
