//! The kind can never permit the operation.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(_: Proof<Start, kind::Publisher>) {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", post(start));
}
