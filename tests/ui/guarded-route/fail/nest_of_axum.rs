//! A router of axum, nested.

use token_core::RequireScopes;
use token_guard::{Guard, axum::Router};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

fn main() {
    let _: Router<Guard> = Router::new().nest("/api", axum::Router::new());
}
