//! A caller without an operation proves no scope.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Identified, Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(_: Identified<kind::GithubCi>) {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", post(start));
}
