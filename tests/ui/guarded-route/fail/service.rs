//! A service without a proof.

use token_core::RequireScopes;
use token_guard::{Guard, axum::Router};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

fn main() {
    let service = axum::Router::<()>::new();
    let _: Router<Guard> = Router::new().route_service("/files", service);
}
