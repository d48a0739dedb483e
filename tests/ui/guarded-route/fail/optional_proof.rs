//! An optional proof proves nothing.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(_: Option<Proof<Start, kind::GithubCi>>) {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", post(start));
}
