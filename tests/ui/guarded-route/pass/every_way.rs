//! Every way to build a router.

use axum::{
    middleware::map_response,
    response::Response,
    routing::{any_service, get as axum_get},
};
use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Proof, Router, any, get, guarded, public},
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

async fn start(_: Proof<Start, kind::GithubCi>) {}

async fn open() {}

async fn unchanged(response: Response) -> Response {
    response
}

fn inner() -> Router<Guard> {
    Router::new().route("/start", get(start))
}

fn files() -> axum::Router {
    axum::Router::new().route("/{file}", axum_get(open))
}

fn with_guard(guard: Guard) -> axum::Router {
    inner().with_state(guard).finish()
}

fn main() {
    let service = || guarded::<Start, (kind::GithubCi, kind::OneShot)>(files());
    let app: axum::Router<Guard> = Router::default()
        .nest("/inner", inner())
        .merge(Router::new().route("/merged", get(start)))
        .nest("/files", service())
        .route("/one", service())
        .route_service("/two/{*rest}", service())
        .nest("/open", public("assets", axum::Router::new()))
        .route("/assets", public("assets", any_service(files())))
        .route("/of-axum", public("moves next week", axum_get(open)))
        .route("/health", public("load balancer", get(open).head(open)))
        .route("/both", public("anybody may look", get(open)).post(start))
        .route_layer(map_response(unchanged))
        .fallback_service(service())
        .method_not_allowed_fallback(any(start))
        .layer(map_response(unchanged))
        .finish();
    let _: (_, fn(Guard) -> axum::Router) = (app, with_guard);
}
