//! Every shape of a handler with a proof of scope.

use axum::{
    body::Bytes,
    extract::{FromRequestParts, Path, RawQuery, Request, State},
    handler::Handler,
    http::{HeaderMap, Method, Uri, Version, request::Parts},
    middleware::map_response,
    response::Response,
    routing::MethodFilter,
};
use std::convert::Infallible;
use token_core::{Authorized, RequireScopes};
use token_guard::{
    Guard,
    axum::{
        BeforeProof, Identified, Proof, Router, any, connect, delete, get, head, on, options,
        patch, post, put, trace,
    },
};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct Look;

type May = Proof<Start, kind::GithubCi>;

fn deploy(may: &Authorized<Start, kind::GithubCi>) -> bool {
    may.subject().is_some()
}

async fn start(may: May) -> String {
    deploy(&may).to_string()
}

async fn with_the_rest(_: May, _: Path<String>, _: Option<Proof<Look, kind::GithubCi>>, _: Bytes) {}

async fn after_four(_: State<Guard>, _: Method, _: Uri, _: HeaderMap, _: May, _: Request) {}

async fn after_others(_: Version, _: RawQuery, _: Parts, _: May) {}

async fn of_two_kinds(_: Proof<Look, (kind::GithubCi, kind::Publisher)>) {}

async fn of_two_operations(_: May, _: Proof<Look, kind::GithubCi>, _: Identified<kind::GithubCi>) {}

async fn of_one_use(_: Proof<Start, kind::OneShot>) {}

async fn generic<T: Default + ToString + 'static>(_: May) -> String {
    T::default().to_string()
}

struct Always;

impl BeforeProof for Always {}

impl<S: Sync> FromRequestParts<S> for Always {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

async fn after_ones_own(_: Always, _: May) {}

async fn all_sixteen(
    _: May,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    _: Bytes,
) {
}

struct Service;

impl Service {
    async fn method(_: May) -> &'static str {
        "a method"
    }
}

fn main() {
    let layered = start.layer(map_response(|response: Response| async { response }));
    let _: Router<Guard> = Router::new()
        .route("/start", post(start))
        .route("/rest/{x}", put(with_the_rest))
        .route("/after", get(after_four).post(after_others).delete(after_ones_own))
        .route("/two", get(of_two_kinds).patch(of_two_operations).fallback(of_one_use))
        .route("/generic", any(generic::<u8>))
        .route("/sixteen", post(all_sixteen))
        .route("/method", get(Service::method))
        .route("/layered", get(layered))
        .route("/closure", get(|_: May| async { "a closure" }))
        .route("/async-closure", get(async |_: May, uri: Uri| uri.path().to_owned()))
        .route("/on", on(MethodFilter::GET.or(MethodFilter::POST), start))
        .route("/rare", connect(start).head(start).options(start).trace(start))
        .route("/alone", head(start))
        .route("/alone", options(start))
        .route("/alone", trace(start))
        .route("/alone", delete(start))
        .route("/alone", patch(start));
}
