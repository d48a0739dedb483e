//! A caller whose token is in memory costs no allocation.

use axum::{body::Body, extract::Request, http::header};
use http::{HeaderMap, HeaderName, Uri};
use test_support::alloc_watch::count_of;
use token_guard::{
    Credentials, Guard,
    axum::{Identified, Proof, Router, any, get, public},
};
use tower_service::Service;

use crate::support::{Look, Start, guard, kind};

const BUILD: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// How many blocks a request to `uri` takes, after one that warms up.
fn blocks(app: &axum::Router, uri: &str) -> usize {
    let request = || {
        let request = Request::builder().uri(uri).header(header::AUTHORIZATION, "Bearer full");
        let request = request.header("Token-Build", BUILD);
        request.body(Body::empty()).unwrap()
    };
    let ask = |request: Request| pollster::block_on(app.clone().call(request)).unwrap();
    assert_eq!(ask(request()).status(), 200, "{uri}");
    let request = request();
    let (response, count) = count_of(|| ask(request));
    assert_eq!(response.status(), 200, "{uri}");
    count
}

#[test]
fn a_guarded_route_allocates_no_more_than_a_bare_one() {
    async fn one(_: Proof<Start, kind::Deploy>) {}
    async fn of_two_kinds(_: Proof<Look, (kind::Viewer, kind::Deploy)>) {}
    async fn several(
        _: Proof<Start, kind::Deploy>,
        _: Proof<Look, kind::Deploy>,
        _: Identified<kind::Deploy>,
        _: Option<Proof<Look, kind::Deploy>>,
    ) {
    }
    let app: Router<Guard> = Router::new()
        .route("/bare", public("measured", get(async || {})))
        .route("/one", get(one))
        .route("/of-two-kinds", get(of_two_kinds))
        .route("/several", any(several))
        .route("/one-of-many-methods", get(one).post(one));
    let app = app.with_state(guard()).finish();
    let bare = blocks(&app, "/bare");
    assert!(bare > 0, "the allocator counts");
    for uri in ["/one", "/of-two-kinds", "/several", "/one-of-many-methods"] {
        assert_eq!(blocks(&app, uri), bare, "{uri}");
    }
}

#[test]
fn a_token_is_found_without_an_allocation() {
    let key = HeaderName::from_static("x-api-key");
    let credentials = Credentials::bearer().or_header(key.clone()).unwrap();
    let uri = Uri::from_static("/a?b=c&d=e");
    let value = |text: &'static str| http::HeaderValue::from_static(text);
    for (name, text, is_found) in [
        (header::AUTHORIZATION, "Bearer abc", true),
        (header::AUTHORIZATION, "bearer a,b", false),
        (header::AUTHORIZATION, "Basic abc", false),
        (key, "abc", true),
    ] {
        let mut headers: HeaderMap = [(name, value(text))].into_iter().collect();
        for _ in 0..2 {
            let (found, count) = count_of(|| credentials.find(&headers, &uri).is_ok());
            assert_eq!((found, count), (is_found, 0), "{text}");
            headers.insert("token-build", value(BUILD));
        }
    }
}
