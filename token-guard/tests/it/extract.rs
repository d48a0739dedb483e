//! The extractors, behind a router of axum.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    body::{Body, Bytes},
    extract::{FromRef, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
};
use proptest::prelude::*;
use token_core::Authorized;
use token_guard::{
    Challenge, Credentials, Guard,
    axum::{Identified, Proof, Router, get, post},
};
use tower_service::Service;

use crate::support::{Answer, Fixed, Look, Start, ask, guard, guard_of, kind};

const INVALID: &str = r#"Bearer realm="api", error="invalid_token""#;

fn deploy(may: &Authorized<Start, kind::Deploy>, repository: &str) -> String {
    format!("{} deploys {repository}", may.subject().unwrap())
}

/// A number in the path, so that the extraction can fail.
async fn start(may: Proof<Start, kind::Deploy>, Path(number): Path<u8>, _: Bytes) -> String {
    deploy(&may, &number.to_string())
}

fn app() -> axum::Router {
    Router::new().route("/deploy/{number}", post(start)).with_state(guard()).finish()
}

fn refused(status: StatusCode, challenge: &str) -> Answer {
    Answer { status, challenge: Some(challenge.to_owned()), body: String::new() }
}

#[test]
fn a_caller_with_the_scope_comes_in() {
    for token in ["full", "missed"] {
        let answer = ask(&app(), "POST", "/deploy/7", Some(token));
        let (status, body) = (answer.status, answer.body.as_str());
        assert_eq!((status, body), (StatusCode::OK, "job-17 deploys 7"), "{token}");
    }
}

#[test]
fn each_refusal_comes_before_what_is_wrong_with_the_request() {
    let unauthorized = StatusCode::UNAUTHORIZED;
    for uri in ["/deploy/7", "/deploy/not-a-number"] {
        let with = |token| ask(&app(), "POST", uri, token);
        assert_eq!(with(None), refused(unauthorized, r#"Bearer realm="api""#));
        for token in ["unknown", "expired", "revoked", "viewer"] {
            assert_eq!(with(Some(token)), refused(unauthorized, INVALID), "{token}");
        }
        let insufficient = r#"Bearer realm="api", error="insufficient_scope", scope="deploy:run""#;
        assert_eq!(with(Some("narrow")), refused(StatusCode::FORBIDDEN, insufficient));
        assert_eq!(with(Some("a b")).status, StatusCode::BAD_REQUEST);
        assert_eq!(with(Some("outage")).status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(ask(&app(), "POST", "/deploy/no", Some("full")).status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_token_in_the_url_is_refused_and_not_echoed() {
    let answer = ask(&app(), "POST", "/deploy/7?access_token=spilled", Some("full"));
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(!format!("{answer:?}").contains("spilled"), "{answer:?}");
}

#[test]
fn an_optional_proof_is_none_only_without_credentials() {
    async fn look(may: Option<Proof<Look, kind::Deploy>>) -> &'static str {
        if may.is_some() { "proved" } else { "anonymous" }
    }
    async fn who(who: Option<Identified<kind::Deploy>>) -> String {
        who.map_or("nobody".to_owned(), |who| who.subject().unwrap().to_owned())
    }
    let app = axum::Router::new()
        .route("/look", axum::routing::get(look))
        .route("/who", axum::routing::get(who))
        .with_state(guard());
    assert_eq!(ask(&app, "GET", "/look", None).body, "anonymous");
    assert_eq!(ask(&app, "GET", "/look", Some("full")).body, "proved");
    assert_eq!(ask(&app, "GET", "/who", None).body, "nobody");
    assert_eq!(ask(&app, "GET", "/who", Some("narrow")).body, "job-17");
    for uri in ["/look", "/who"] {
        for token in ["expired", "viewer"] {
            let answer = ask(&app, "GET", uri, Some(token));
            assert_eq!(answer, refused(StatusCode::UNAUTHORIZED, INVALID), "{uri} {token}");
        }
        assert_eq!(ask(&app, "GET", uri, Some("a b")).status, StatusCode::BAD_REQUEST);
    }
}

/// Headers as a client may send them, some with a scheme that is read.
fn header_value() -> impl Strategy<Value = HeaderValue> {
    let text = prop_oneof![Just(""), Just("Bearer "), Just("bearer  "), Just("Basic ")];
    let bytes = proptest::collection::vec(any::<u8>(), 0..40);
    (text, bytes).prop_filter_map("no header", |(scheme, bytes)| {
        HeaderValue::from_bytes(&[scheme.as_bytes(), &bytes].concat()).ok()
    })
}

proptest! {
    /// Whatever a client sends that is no token: it is refused with one of a few answers, which are known beforehand.
    #[test]
    fn no_answer_depends_on_what_was_sent(
        values in proptest::collection::vec(header_value(), 0..3),
        key in proptest::option::of(header_value()),
        query in proptest::option::of("[a-z_=&]{0,20}"),
    ) {
        const ANSWERS: [&str; 5] = [
            r#"Bearer realm="api""#,
            INVALID,
            r#"Bearer realm="api", error="invalid_request", error_description="the request has several tokens; send one, in one header""#,
            r#"Bearer realm="api", error="invalid_request", error_description="the header has not the syntax of a token; check that it was copied whole""#,
            r#"Bearer realm="api", error="invalid_request", error_description="the URL has the parameter access_token, and URLs stand in logs; replace the token, and send it in a header""#,
        ];
        let credentials = Credentials::bearer().or_header(X_API_KEY).unwrap();
        let verifier = Arc::new(Fixed::new());
        let guard = Guard::new(verifier, credentials, Challenge::new("api").unwrap());
        let app = Router::new().route("/", get(of_whoever)).with_state(guard).finish();
        let mut request = Request::builder().uri(format!("/?{}", query.unwrap_or_default()));
        for value in values {
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Some(key) = key {
            request = request.header(X_API_KEY, key);
        }
        let response = pollster::block_on(app.clone().call(request.body(Body::empty()).unwrap())).unwrap();
        prop_assert!([400, 401].contains(&response.status().as_u16()));
        let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        prop_assert!(ANSWERS.contains(&challenge), "{}", challenge);
        let names: Vec<_> = response.headers().keys().map(HeaderName::as_str).collect();
        prop_assert!(names.iter().all(|name| ["www-authenticate", "content-length"].contains(name)), "{:?}", names);
        let body = pollster::block_on(axum::body::to_bytes(response.into_body(), 1000)).unwrap();
        prop_assert!(body.is_empty());
    }
}

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

async fn of_whoever(_: Proof<Look, kind::Deploy>) {}

#[test]
fn a_header_of_ones_own_is_read() {
    let credentials = Credentials::bearer().or_header(X_API_KEY).unwrap();
    let guard = Guard::new(Arc::new(Fixed::new()), credentials, Challenge::new("api").unwrap());
    let app = Router::new().route("/", get(of_whoever)).with_state(guard).finish();
    for (key, status) in [("full", 200), ("unknown", 401), ("Bearer full", 400)] {
        let request = Request::builder().header(X_API_KEY, key).body(Body::empty()).unwrap();
        let response = pollster::block_on(app.clone().call(request)).unwrap();
        assert_eq!(response.status(), status, "{key}");
    }
}

/// Without our router the compiler is not asked.
#[test]
fn a_kind_that_can_never_permit_the_operation_is_refused_at_run_time() {
    async fn never(_: Proof<Start, kind::Viewer>) {}
    let app = axum::Router::new().route("/", axum::routing::get(never)).with_state(guard());
    assert_eq!(ask(&app, "GET", "/", Some("viewer")).status, StatusCode::FORBIDDEN);
}

#[test]
fn a_token_of_either_of_two_kinds_comes_in() {
    async fn look(may: Proof<Look, (kind::Deploy, kind::Viewer)>) -> &'static str {
        may.kind().name
    }
    let app = Router::new().route("/", get(look)).with_state(guard()).finish();
    assert_eq!(ask(&app, "GET", "/", Some("narrow")).body, "deploy");
    assert_eq!(ask(&app, "GET", "/", Some("viewer")).body, "viewer");
}

#[test]
fn a_token_for_one_use_is_verified_once_in_a_request() {
    async fn twice(
        first: Proof<Look, kind::Ticket>,
        who: Identified<kind::Ticket>,
        _second: Proof<Look, kind::Ticket>,
    ) -> bool_text::Text {
        bool_text::Text(first.token() == who.token())
    }
    // A verifier may remember that a token is spent.
    for token in ["ticket", "remembered"] {
        let verifier = Arc::new(Fixed::new());
        let guard = guard_of(verifier.clone());
        let app = Router::new().route("/", get(twice)).with_state(guard).finish();
        assert_eq!(ask(&app, "GET", "/", Some(token)).body, "true");
        assert_eq!(verifier.misses.load(Ordering::Relaxed), 1);
        let second = ask(&app, "GET", "/", Some(token));
        assert_eq!(second, refused(StatusCode::UNAUTHORIZED, INVALID), "{token}");
    }
}

/// What the verifier will answer from memory next time is not kept in the request.
#[test]
fn a_token_that_may_be_used_again_is_not_remembered_in_the_request() {
    async fn twice(_: Proof<Start, kind::Deploy>, _: Identified<kind::Deploy>) {}
    let verifier = Arc::new(Fixed::new());
    let guard = guard_of(verifier.clone());
    let app = Router::new().route("/", get(twice)).with_state(guard).finish();
    assert_eq!(ask(&app, "GET", "/", Some("missed")).status, StatusCode::OK);
    assert_eq!(verifier.misses.load(Ordering::Relaxed), 2);
}

/// One guard does not vouch for what another one has verified.
#[test]
fn a_second_guard_verifies_for_itself() {
    async fn twice(_: Proof<Look, kind::Ticket>, State(guard): State<Guard>, request: Request) {
        let verifier = Arc::new(Fixed::new());
        let mut parts = request.into_parts().0;
        assert!(guard.identify::<kind::Ticket>(&mut parts).await.is_ok(), "the same guard");
        let token = parts.headers.remove(header::AUTHORIZATION).unwrap();
        assert!(guard.identify::<kind::Ticket>(&mut parts).await.is_err(), "without the token");
        parts.headers.insert(header::AUTHORIZATION, token);
        assert!(guard.identify::<kind::Ticket>(&mut parts).await.is_ok(), "with it again");
        let other = guard_of(verifier.clone()).identify::<kind::Ticket>(&mut parts).await;
        assert_eq!((other.is_ok(), verifier.misses.load(Ordering::Relaxed)), (true, 1));
        assert!(guard.identify::<kind::Ticket>(&mut parts).await.is_err(), "used by the other");
    }
    let app = Router::new().route("/", get(twice)).with_state(guard()).finish();
    assert_eq!(ask(&app, "GET", "/", Some("ticket")).status, StatusCode::OK);
}

mod bool_text {
    pub(super) struct Text(pub(super) bool);

    impl axum::response::IntoResponse for Text {
        fn into_response(self) -> axum::response::Response {
            self.0.to_string().into_response()
        }
    }
}

#[test]
fn the_guard_may_be_a_part_of_the_state() {
    #[derive(Clone)]
    struct App {
        guard: Guard,
        name: &'static str,
    }
    impl FromRef<App> for Guard {
        fn from_ref(app: &App) -> Self {
            app.guard.clone()
        }
    }
    async fn name(
        State(app): State<App>,
        _: Method,
        _: Uri,
        _: HeaderMap,
        _: Proof<Look, kind::Deploy>,
    ) -> &'static str {
        app.name
    }
    let app = App { guard: guard(), name: "deployments" };
    let app = Router::new().route("/", get(name)).with_state(app).finish();
    assert_eq!(ask(&app, "GET", "/", Some("full")).body, "deployments");
    assert_eq!(ask(&app, "GET", "/", None).status, StatusCode::UNAUTHORIZED);
}
