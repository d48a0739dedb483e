//! A handler as a fallback, without a method.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn lost(_: Proof<Start, kind::GithubCi>) {}

fn main() {
    let _: Router<Guard> = Router::new().fallback(lost);
}
