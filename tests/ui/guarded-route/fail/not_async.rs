//! A function that is not async.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

fn start(_: Proof<Start, kind::GithubCi>) {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", post(start));
}
