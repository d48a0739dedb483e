//! The bounds of a generic struct must name every scope that it requires.

use token_core::{Grants, RequireScopes, Token};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::DeployRun)]
struct Deployer<K>
where
    K: Grants<scope::RepoRead>,
{
    token: Token<K>,
}

fn main() {}
