//! A handler without a method.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(_: Proof<Start, kind::GithubCi>) {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", start);
}
