//! The second method of a route has no proof.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, get},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(_: Proof<Start, kind::GithubCi>) {}

async fn purge() {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", get(start).delete(purge));
}
