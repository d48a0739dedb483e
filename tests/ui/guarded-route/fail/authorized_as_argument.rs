//! The proof for the domain stands where the extractor is meant.

use token_core::{Authorized, RequireScopes};
use token_guard::{
    Guard,
    axum::{Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(_: Authorized<Start, kind::GithubCi>) {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", post(start));
}
