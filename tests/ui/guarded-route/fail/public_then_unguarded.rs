//! Only the first method of a route is public.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Router, get, public},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn health() {}

fn main() {
    let _: Router<Guard> =
        Router::new().route("/health", public("load balancer", get(health)).post(health));
}
