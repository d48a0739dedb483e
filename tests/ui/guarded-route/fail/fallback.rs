//! A fallback without a proof.

use axum::http::Uri;
use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Router, any},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn lost(uri: Uri) -> String {
    uri.path().to_owned()
}

fn main() {
    let _: Router<Guard> = Router::new().fallback(any(lost));
}
