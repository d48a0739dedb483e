//! The state may stand before the proof, and a path may not.

use axum::extract::{Path, State};
use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(
    State(_): State<Guard>,
    Path(repo): Path<String>,
    _: Proof<Start, kind::GithubCi>,
) -> String {
    repo
}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy/{repo}", post(start));
}
