//! A constant as a handler.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Router, get},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

fn main() {
    let _: Router<Guard> = Router::new().route("/version", get("1.0"));
}
