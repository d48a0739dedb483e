//! The routes. `routes.txt` says what each asks for; a test compares it.

use axum::http::{HeaderValue, Method, header};
use token_guard::axum::{Router, any, delete, get, post, public};
use tower_http::cors::CorsLayer;

use crate::handlers::{self, App};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/health", public("load balancer", get(handlers::health)))
        .route("/deployments", get(handlers::list))
        .route("/deployments/{repo}", get(handlers::show).post(handlers::start))
        .route("/token", delete(handlers::give_back))
        .route("/ticket", post(handlers::ticket))
        .route("/events", get(handlers::events))
        .route("/socket", any(handlers::socket))
}

/// What pages of other origins may ask. It is the outermost layer: a browser sends the question (`OPTIONS`, the preflight)
/// without a token, so the guard must not see it. It answers every `OPTIONS`.
pub(crate) fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static("https://dashboard.example.com"))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::WWW_AUTHENTICATE, header::RETRY_AFTER])
}
