//! A handler without arguments.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Router, get},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn purge() -> &'static str {
    "purged"
}

fn main() {
    let _: Router<Guard> = Router::new().route("/purge", get(purge));
}
