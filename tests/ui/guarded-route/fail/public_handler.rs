//! A handler is made public without a method.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Router, public},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn health() {}

fn main() {
    let _: Router<Guard> = Router::new().route("/health", public("load balancer", health));
}
