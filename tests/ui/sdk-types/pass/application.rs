//! An application's policy grants the scopes that an SDK declares, and scopes of its own modules.
//! The SDK knows nothing of the policy.

use token_core::{Error, RequireScopes, Token, TokenKind};

token_core::policy!("tokens.toml");

mod deploy {
    #[derive(token_core::Scope)]
    #[scope("deploy:run")]
    pub enum Run {}

    #[derive(token_core::Scope)]
    #[scope("deploy:log")]
    pub enum Log {}
}

#[derive(RequireScopes)]
#[require(scope::RepoRead, deploy::Run, scope::DeployLog)]
struct Release {
    token: Token<kind::Ci>,
}

fn list(token: &Token<kind::Ci>) -> Result<usize, Error> {
    sdk::run(token, &sdk::ListRepos { org: "rust-lang" })?;
    sdk::run(token, &sdk::Mirror { from: String::new(), to: String::new() })
}

fn release(release: &Release) -> Result<usize, Error> {
    sdk::run(&release.token, release)
}

fn main() {
    let _ = (list, release);
    let names: Vec<_> = kind::Ci::COMPILED.scopes.iter().map(|scope| scope.name).collect();
    assert_eq!(names, ["deploy:log", "deploy:run", "repo:read", "repo:write"]);
}
