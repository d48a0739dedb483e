//! The layer for services without extractors.

use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http::{Request, Response, StatusCode, header};
use token_core::{
    AnyCaller,
    record::{Action, InMemory},
};
use token_guard::{Credentials, tower::GuardLayer};
use tower_layer::Layer;
use tower_service::Service;

use crate::support::{Fixed, Look, Start, guard, kind};

/// Panics if it is called before it said that it is ready. A clone is not ready, as that of a limit is not.
#[derive(Default)]
struct Strict {
    is_ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<String>> for Strict {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called before it was ready");
        let caller = request.extensions().get::<AnyCaller>();
        let who = caller.and_then(AnyCaller::subject).unwrap_or("nobody");
        let text = format!("{who} {:?} {}", request.headers(), request.body());
        ready(Ok(Response::new(text)))
    }
}

fn ask(
    service: &mut impl Service<Request<String>, Response = Response<String>, Error = Infallible>,
    headers: &[(&str, &str)],
) -> Response<String> {
    let mut request = Request::builder().uri("/anything");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body("the body".to_owned()).unwrap();
    pollster::block_on(async {
        poll_fn(|context| service.poll_ready(context)).await.unwrap();
        service.call(request).await.unwrap()
    })
}

#[test]
fn who_has_a_token_comes_in_and_is_known() {
    let mut service = GuardLayer::new(guard()).layer(Strict::default());
    for token in ["full", "narrow", "viewer", "missed"] {
        for _ in 0..2 {
            let bearer = format!("Bearer {token}");
            let response = ask(&mut service, &[("authorization", &bearer), ("x-other", "kept")]);
            assert_eq!(response.status(), StatusCode::OK, "{token}");
            let expected =
                format!(r#"job-17 {{"authorization": "{bearer}", "x-other": "kept"}} the body"#);
            assert_eq!(response.body(), &expected, "nothing is taken out");
        }
    }
}

#[test]
fn refusals_are_those_of_rfc_6750() {
    let mut service = GuardLayer::new(guard()).layer(Strict::default());
    let realm = r#"Bearer realm="api""#;
    let invalid = r#"Bearer realm="api", error="invalid_token""#;
    for (headers, status, challenge) in [
        (&[][..], 401, Some(realm)),
        (&[("authorization", "Basic abc")], 401, Some(realm)),
        (&[("authorization", "Bearer unknown")], 401, Some(invalid)),
        (&[("authorization", "Bearer expired")], 401, Some(invalid)),
        (&[("authorization", "Bearer outage")], 503, None),
    ] {
        let response = ask(&mut service, headers);
        assert_eq!(response.status(), status, "{headers:?}");
        let found = response.headers().get(header::WWW_AUTHENTICATE);
        assert_eq!(found.map(|it| it.to_str().unwrap()), challenge, "{headers:?}");
        assert_eq!(response.body(), "", "the service was not called");
    }
    let response = ask(&mut service, &[("authorization", "Bearer a b")]);
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn a_layer_asks_for_kinds_and_for_an_operation() {
    type Both = (kind::Deploy, kind::Viewer);
    let layers = [
        (GuardLayer::new(guard()), [200, 200, 200]),
        (GuardLayer::identified::<kind::Deploy>(guard()), [200, 200, 401]),
        (GuardLayer::identified::<Both>(guard()), [200, 200, 200]),
        (GuardLayer::authorized::<Start, kind::Deploy>(guard()), [200, 403, 401]),
        (GuardLayer::authorized::<Look, Both>(guard()), [200, 200, 200]),
    ];
    for (layer, expected) in layers {
        let mut service = layer.layer(Strict::default());
        for (token, status) in ["full", "narrow", "viewer"].iter().zip(expected) {
            let response = ask(&mut service, &[("authorization", &format!("Bearer {token}"))]);
            assert_eq!(response.status(), status, "{layer:?} {token}");
            let challenge = response.headers().get(header::WWW_AUTHENTICATE);
            if status == 403 {
                let challenge = challenge.unwrap().to_str().unwrap();
                assert!(challenge.ends_with(r#"scope="deploy:run""#), "{challenge}");
            }
        }
    }
}

#[test]
fn what_a_layer_refuses_is_recorded() {
    let log = Arc::new(InMemory::new());
    let layer = GuardLayer::authorized::<Start, kind::Deploy>(guard().recorder(log.clone()));
    let mut service = layer.layer(Strict::default());
    assert_eq!(ask(&mut service, &[("authorization", "Bearer narrow")]).status(), 403);
    drop((layer, service));
    let began = Instant::now();
    while log.events().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    let event = &log.events()[0];
    assert_eq!(event.action, Action::refused("InsufficientScope"));
    assert_eq!(event.reason.as_deref(), Some("GET, which needs deploy:run"));
}

/// The second guard finds what the first one has used up.
#[test]
fn a_token_for_one_use_passes_two_layers_of_one_guard() {
    let guard = guard();
    let inner = GuardLayer::authorized::<Look, kind::Ticket>(guard.clone());
    let inner = inner.layer(Strict::default());
    let mut service = GuardLayer::new(guard).layer(inner);
    let bearer = [("authorization", "Bearer ticket")];
    assert_eq!(ask(&mut service, &bearer).status(), 200);
    assert_eq!(ask(&mut service, &bearer).status(), 401);
}

#[test]
fn a_ticket_is_taken_out_of_the_headers_and_nothing_else() {
    let credentials = Credentials::bearer().or_ticket::<kind::Ticket>().unwrap();
    let challenge = token_guard::Challenge::new("api").unwrap();
    let guard = token_guard::Guard::new(Arc::new(Fixed::new()), credentials, challenge);
    let mut service = GuardLayer::new(guard).layer(Strict::default());
    let headers =
        [("authorization", "Bearer full"), ("sec-websocket-protocol", "events.v1, other")];
    let response = ask(&mut service, &headers);
    assert!(response.body().contains(r#""sec-websocket-protocol": "events.v1, other""#));
}
