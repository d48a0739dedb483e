//! A handler without a proof of scope.

use axum::extract::Path;
use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Router, get},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn purge(Path(repo): Path<String>) -> String {
    repo
}

fn main() {
    let _: Router<Guard> = Router::new().route("/purge/{repo}", get(purge));
}
