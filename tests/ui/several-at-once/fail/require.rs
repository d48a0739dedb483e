//! Three mistakes in one attribute.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require("repo:read", scope::DeployRun, scope::DeployRun, max_lifetime = "soon")]
struct Deploy;

fn main() {}
