//! An extractor of ours stands before the proof.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, post},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

struct Tenant;

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::NOT_FOUND)
    }
}

async fn start(_: Tenant, _: Proof<Start, kind::GithubCi>) {}

fn main() {
    let _: Router<Guard> = Router::new().route("/deploy", post(start));
}
