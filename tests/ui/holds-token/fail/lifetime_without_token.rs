//! A lifetime is demanded of a held token, and this struct holds none.

use token_core::RequireScopes;

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun, max_lifetime = "15m")]
struct Deploy {
    revision: String,
}

fn main() {}
