//! The lifetime of a kind that is a type parameter is not known here, and a check at `cargo build`
//! would come too late.

use token_core::{Grants, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun, max_lifetime = "15m")]
struct Deployer<K: Grants<scope::DeployRun>> {
    token: Token<K>,
}

fn main() {}
