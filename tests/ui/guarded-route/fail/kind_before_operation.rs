//! Kind and operation in the wrong order.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(_: Proof<kind::GithubCi, Start>) {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", post(start));
}
