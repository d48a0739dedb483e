//! A service for a kind that can never permit the operation.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Router, guarded},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

fn main() {
    let service = guarded::<Start, kind::Publisher>(axum::Router::new());
    let _: Router<Guard> = Router::new().nest("/files", service);
}
