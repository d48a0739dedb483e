//! What the router guards, and what it leaves open.

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, Request, WebSocketUpgrade},
    handler::Handler,
    http::{StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::MethodFilter,
};
use token_core::AnyCaller;
use token_guard::{
    Guard,
    axum::{BeforeProof, Proof, Router, any, get, guarded, on, post, public, put},
};
use tower_service::Service;

use crate::support::{Look, Start, ask, guard, kind};

async fn start(_: Proof<Start, kind::Deploy>) -> &'static str {
    "started"
}

async fn look(_: Proof<Look, kind::Deploy>) -> &'static str {
    "looked"
}

async fn open() -> &'static str {
    "open"
}

/// The answers without a token, with one of too few scopes, and with all.
fn statuses(app: &axum::Router, method: &str, uri: &str) -> [u16; 3] {
    [None, Some("narrow"), Some("full")].map(|token| ask(app, method, uri, token).status.as_u16())
}

const GUARDED: [u16; 3] = [401, 403, 200];
const OPEN: [u16; 3] = [200; 3];

fn finish(app: Router<Guard>) -> axum::Router {
    app.with_state(guard()).finish()
}

#[test]
fn each_method_has_its_own_proof() {
    let routes = get(look).post(start).delete(start).patch(start).put(start).options(start);
    let app = finish(
        Router::new()
            .route("/all", routes)
            .route("/some", on(MethodFilter::POST.or(MethodFilter::PUT), start).fallback(look))
            .route("/any", any(start)),
    );
    for method in ["POST", "DELETE", "PATCH", "PUT", "OPTIONS"] {
        assert_eq!(statuses(&app, method, "/all"), GUARDED, "{method}");
        assert_eq!(statuses(&app, method, "/any"), GUARDED, "{method}");
    }
    for method in ["GET", "HEAD"] {
        assert_eq!(statuses(&app, method, "/all"), [401, 200, 200]);
        assert_eq!(statuses(&app, method, "/some"), [401, 200, 200]);
    }
    assert_eq!(statuses(&app, "PUT", "/some"), GUARDED);
    assert_eq!(statuses(&app, "TRACE", "/all"), [405; 3]);
}

#[test]
fn closures_layered_handlers_and_generic_ones_are_guarded() {
    async fn generic<T: Default + ToString + 'static>(_: Proof<Start, kind::Deploy>) -> String {
        T::default().to_string()
    }
    let layered = start.layer(map_response(|response: Response| async { response }));
    let app = finish(
        Router::new()
            .route("/layered", get(layered))
            .route("/generic", get(generic::<u8>))
            .route("/closure", get(|_: Proof<Start, kind::Deploy>, _: Request| async { "x" })),
    );
    for uri in ["/layered", "/generic", "/closure"] {
        assert_eq!(statuses(&app, "GET", uri), GUARDED, "{uri}");
    }
}

/// RFC 6750 knows no answer between: who may not make the request does not learn what is wrong with it.
#[test]
fn malformed_json_without_a_token_is_401_and_never_422() {
    #[axum::debug_handler(state = Guard)]
    async fn create(
        _: Proof<Start, kind::Deploy>,
        Json(number): Json<u8>,
    ) -> Result<String, StatusCode> {
        Ok(number.to_string())
    }
    let app = finish(Router::new().route("/", post(create)));
    let asked = |token: Option<&str>, content_type, body: &'static str| {
        let mut request =
            Request::builder().method("POST").header(header::CONTENT_TYPE, content_type);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = app.clone().call(request.body(Body::from(body)).unwrap());
        pollster::block_on(response).unwrap().status().as_u16()
    };
    const JSON: &str = "application/json";
    let requests =
        [(JSON, "7", 200), (JSON, "7,", 400), (JSON, "\"seven\"", 422), ("text/plain", "7", 415)];
    for (content_type, body, status) in requests {
        let with = |token| asked(token, content_type, body);
        let answers = [with(None), with(Some("unknown")), with(Some("narrow")), with(Some("full"))];
        assert_eq!(answers, [401, 401, 403, status], "{body}");
    }
}

/// An upgrade is a handler like any other: without a proof there is none.
#[test]
fn a_websocket_is_guarded() {
    async fn watch(_: Proof<Start, kind::Deploy>, upgrade: WebSocketUpgrade) -> Response {
        upgrade.on_upgrade(async |_| {})
    }
    let app = finish(Router::new().route("/", any(watch)));
    // A request that asks for no upgrade is a bad one, for who may ask at all.
    assert_eq!(statuses(&app, "GET", "/"), [401, 403, 400]);
}

#[test]
fn merged_and_layered_methods_stay_guarded() {
    async fn teapot(mut response: Response) -> Response {
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    }
    let merged = get(start).merge(post(start).merge(public("anybody", put(open))));
    let app = finish(
        Router::new()
            .route("/merged", merged)
            .route("/layer", get(start).layer(map_response(teapot)).post(start))
            .route("/route-layer", get(start).route_layer(map_response(teapot))),
    );
    for method in ["GET", "POST"] {
        assert_eq!(statuses(&app, method, "/merged"), GUARDED, "{method}");
    }
    assert_eq!(statuses(&app, "PUT", "/merged"), OPEN);
    assert_eq!(statuses(&app, "GET", "/layer"), [418; 3]);
    assert_eq!(statuses(&app, "POST", "/layer"), GUARDED);
    assert_eq!(statuses(&app, "GET", "/route-layer"), [418; 3]);
    assert_eq!(statuses(&app, "POST", "/route-layer"), [405; 3]);
}

#[test]
fn an_extractor_that_cannot_fail_may_stand_first() {
    struct Always;
    impl BeforeProof for Always {}
    impl<S: Sync> axum::extract::FromRequestParts<S> for Always {
        type Rejection = std::convert::Infallible;

        async fn from_request_parts(
            _: &mut http::request::Parts,
            _: &S,
        ) -> Result<Self, Self::Rejection> {
            Ok(Self)
        }
    }
    async fn handler(_: Always, _: Proof<Start, kind::Deploy>, _: Path<u8>) {}
    let app = finish(Router::new().route("/{number}", get(handler)));
    assert_eq!(statuses(&app, "GET", "/x"), [401, 403, 400]);
}

#[test]
fn nested_and_merged_routers_stay_guarded() {
    let inner = || Router::new().route("/start", post(start)).route("/", get(start));
    let app = finish(Router::new().nest("/api", inner()).merge(inner()));
    for uri in ["/api/start", "/start"] {
        assert_eq!(statuses(&app, "POST", uri), GUARDED, "{uri}");
    }
    assert_eq!(statuses(&app, "GET", "/api"), GUARDED);
    assert_eq!(statuses(&app, "GET", "/elsewhere"), [404; 3]);
}

#[test]
fn a_fallback_of_ones_own_is_guarded() {
    let app = finish(
        Router::new()
            .route("/start", post(start))
            .fallback(any(start))
            .method_not_allowed_fallback(any(start)),
    );
    assert_eq!(statuses(&app, "GET", "/elsewhere"), GUARDED);
    assert_eq!(statuses(&app, "GET", "/start"), GUARDED);
    let app = finish(Router::new().fallback(public("a page for people", any(open))));
    assert_eq!(statuses(&app, "GET", "/elsewhere"), OPEN);
}

#[test]
fn a_guarded_service_is_called_for_callers_only_and_knows_them() {
    async fn inner(Extension(caller): Extension<AnyCaller>, Path(file): Path<String>) -> String {
        format!("{} for {}", file, caller.subject().unwrap())
    }
    let files = || axum::Router::new().route("/{file}", axum::routing::any(inner));
    let service = || guarded::<Start, kind::Deploy>(files());
    let app = finish(
        Router::new()
            .nest("/files", service())
            .route_service("/one/{*rest}", service())
            .fallback_service(service()),
    );
    for uri in ["/files/a", "/b"] {
        assert_eq!(statuses(&app, "GET", uri), GUARDED, "{uri}");
    }
    assert_eq!(ask(&app, "GET", "/files/a", Some("full")).body, "a for job-17");
    for uri in ["/files", "/one/a"] {
        assert_eq!(statuses(&app, "GET", uri), [401, 403, 404], "{uri}");
    }
}

#[test]
fn what_is_public_is_open() {
    let inner = axum::Router::new().route("/logo", axum::routing::get(open));
    let assets = axum::routing::any_service(axum::routing::get(open));
    let app = finish(
        Router::new()
            .route("/health", public("load balancer", get(open)).post(start))
            .route("/service", public("assets", assets))
            .nest("/static", public("assets", inner.clone()))
            .merge(public("assets", inner)),
    );
    for uri in ["/health", "/service", "/static/logo", "/logo"] {
        assert_eq!(statuses(&app, "GET", uri), OPEN, "{uri}");
    }
    assert_eq!(statuses(&app, "POST", "/health"), GUARDED);
}

#[test]
#[should_panic(expected = "needs a reason")]
fn a_public_route_needs_a_reason() {
    let _ = public::<_, token_guard::axum::OpenRouter<()>>(" ", axum::Router::new());
}

#[test]
fn layers_wrap_what_was_added_before() {
    async fn teapot(mut response: Response) -> Response {
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    }
    let app = || Router::new().route("/start", post(start));
    let layered = finish(app().layer(map_response(teapot)).route("/later", get(look)));
    assert_eq!(statuses(&layered, "POST", "/start"), [418; 3]);
    assert_eq!(statuses(&layered, "GET", "/later"), [401, 200, 200]);
    assert_eq!(statuses(&layered, "GET", "/elsewhere"), [418; 3]);
    let layered = finish(app().route_layer(map_response(teapot)));
    assert_eq!(statuses(&layered, "POST", "/start"), [418; 3]);
    assert_eq!(statuses(&layered, "GET", "/elsewhere"), [404; 3]);
}
