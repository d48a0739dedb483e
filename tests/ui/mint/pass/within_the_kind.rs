//! What a token is minted and narrowed with.

use token_core::{Caller, Secret};
use token_issue::{Error, Issuer, Mint, Narrow};

token_core::policy!("../../tokens.toml");

async fn child(issuer: &Issuer, caller: &Caller<kind::Publisher>) -> Result<Secret, Error> {
    // Of two scopes one implies the other.
    let narrow = Narrow::new().scopes::<(scope::RepoRead,)>();
    Ok(issuer.narrow(caller, narrow).await?.into_response())
}

fn main() {
    let _ = Mint::<kind::GithubCi>::new().scopes::<(scope::RepoRead, scope::DeployRun)>();
    let _ = Mint::<kind::OneShot>::new().scope_names(["deploy:run"]);
    let _ = child;
}
