//! The struct wants tokens that live at most 15 minutes; the policy lets this kind live an hour.

use token_core::{RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun, max_lifetime = "15m")]
struct Deployer {
    token: Token<kind::GithubCi>,
}

fn main() {}
