//! An argument that may fail stands before the proof.

use axum::extract::Path;
use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(Path(repo): Path<String>, _: Proof<Start, kind::GithubCi>) -> String {
    repo
}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy/{repo}", post(start));
}
