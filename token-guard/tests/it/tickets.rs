//! Tickets among the subprotocols of a WebSocket.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, Request, Response, StatusCode, Uri, header},
};
use token_core::{
    AnyCaller, TokenKind, Verify,
    caller::{Boxed, Hit, Presented, Refused},
};
use token_guard::{
    Challenge, Credentials, Guard, NotPresented, Reason,
    axum::{Identified, Proof, Router, get},
};
use tower_service::Service;

use crate::support::{Fixed, Look, caller, kind, scope};

const HEADER: HeaderName = header::SEC_WEBSOCKET_PROTOCOL;

/// Takes what begins as a ticket does, once.
#[derive(Default)]
struct Takes {
    fixed: Fixed,
    /// Vouches from memory for another kind, as no verifier should.
    other: Option<AnyCaller>,
}

impl Verify for Takes {
    fn hit(&self, presented: Presented<'_>) -> Hit {
        match (presented.bytes().starts_with(b"acme_ticket_"), &self.other) {
            (true, Some(other)) => Hit::Caller(other.clone()),
            (true, None) => Hit::Miss,
            (false, _) => self.fixed.hit(presented),
        }
    }

    fn miss<'v>(&'v self, _: Presented<'v>) -> Boxed<'v, Result<AnyCaller, Refused>> {
        self.fixed.miss(Presented::new(b"ticket"))
    }

    fn recheck(&self, caller: &AnyCaller) -> Hit {
        self.fixed.recheck(caller)
    }

    fn until_invalid<'v>(&'v self, caller: &'v AnyCaller) -> Boxed<'v, Refused> {
        self.fixed.until_invalid(caller)
    }
}

fn credentials() -> Credentials {
    Credentials::bearer().or_ticket::<kind::Ticket>().unwrap()
}

fn guard() -> Guard {
    guard_that_vouches_for(None, credentials())
}

fn guard_that_vouches_for(other: Option<AnyCaller>, credentials: Credentials) -> Guard {
    let takes = Takes { fixed: Fixed::new(), other };
    Guard::new(Arc::new(takes), credentials, Challenge::new("api").unwrap())
}

/// A text of the form of a ticket, made here so that no scanner takes it for one.
fn ticket() -> String {
    format!("acme_ticket_{}", "0aZ".repeat(12))
}

/// Selects whatever the client offers first, and sends all headers back, as careless handlers do.
fn careless(headers: &HeaderMap) -> Response<Body> {
    let all = headers.get_all(&HEADER).iter().filter_map(|it| it.to_str().ok());
    let all = all.collect::<Vec<_>>().join(", ");
    let mut response = Response::new(Body::from(format!("{headers:?}")));
    if let Some(first) = all.split(", ").find(|it| !it.is_empty()) {
        response.headers_mut().insert(HEADER, first.parse().unwrap());
    }
    response
}

fn app(guard: Guard) -> axum::Router {
    type Any = (kind::Deploy, kind::Ticket, kind::Viewer);
    async fn one(
        _: Proof<Look, (kind::Voucher, kind::Deploy, kind::Ticket, kind::Viewer)>,
        headers: HeaderMap,
    ) -> Response<Body> {
        careless(&headers)
    }
    async fn two(
        first: Proof<Look, kind::Ticket>,
        second: Identified<kind::Ticket>,
        third: Option<Proof<Look, Any>>,
        headers: HeaderMap,
    ) -> Response<Body> {
        assert_eq!(first.token(), second.token());
        assert_eq!(third.map(|it| it.token()), Some(first.token()));
        careless(&headers)
    }
    async fn perhaps(
        _: Result<Proof<Look, kind::Deploy>, token_guard::Refusal>,
        headers: HeaderMap,
    ) -> Response<Body> {
        careless(&headers)
    }
    let open = axum::Router::new().route("/perhaps", axum::routing::get(perhaps));
    Router::new()
        .route("/one", get(one))
        .route("/two", get(two))
        .merge(token_guard::axum::public("a test", open))
        .with_state(guard)
        .finish()
}

fn ask(app: &axum::Router, path: &str, headers: &[(HeaderName, &str)]) -> Response<Body> {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    pollster::block_on(app.clone().call(request)).unwrap()
}

fn text(response: Response<Body>) -> String {
    let (parts, body) = response.into_parts();
    let body = pollster::block_on(axum::body::to_bytes(body, 100_000)).unwrap();
    format!("{:?} {}", parts.headers, String::from_utf8_lossy(&body))
}

#[test]
fn a_ticket_beside_a_subprotocol_comes_in_and_is_never_sent_back() {
    let ticket = ticket();
    for offered in [
        format!("events.v1, {ticket}"),
        format!("{ticket},events.v1"),
        format!(" events.v1 ,\t{ticket} , other"),
    ] {
        for path in ["/one", "/two"] {
            let response = ask(&app(guard()), path, &[(HEADER, &offered)]);
            assert_eq!(response.status(), StatusCode::OK, "{offered}");
            assert_eq!(response.headers()[HEADER], "events.v1", "{offered}");
            assert!(!text(response).contains("acme_ticket"), "{offered}");
        }
    }
    let twice = [(HEADER, "events.v1"), (HEADER, &*ticket)];
    let response = ask(&app(guard()), "/one", &twice);
    assert_eq!(response.headers()[HEADER], "events.v1", "the header may stand there twice");
}

#[test]
fn a_refused_ticket_is_not_sent_back_either() {
    let ticket = ticket();
    let offered = format!("events.v1, {ticket}");
    let app = app(guard());
    assert_eq!(ask(&app, "/one", &[(HEADER, &offered)]).status(), 200);
    let spent = ask(&app, "/one", &[(HEADER, &offered)]);
    assert_eq!(spent.status(), StatusCode::UNAUTHORIZED);
    assert!(!text(spent).contains("acme_ticket"));
    // A handler that looks at the refusal itself.
    let response = ask(&app, "/perhaps", &[(HEADER, &offered)]);
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!text(response).contains("acme_ticket"));
}

#[test]
fn what_is_not_clear_is_refused() {
    let ticket = ticket();
    let (both, twice) = (format!("events.v1, {ticket}"), format!("{ticket}, {ticket}, events.v1"));
    let app = app(guard());
    for (headers, status, error) in [
        (vec![(HEADER, &*ticket)], 400, "invalid_request"),
        (vec![(HEADER, &*twice)], 400, "invalid_request"),
        (vec![(HEADER, &*both), (header::AUTHORIZATION, "Bearer full")], 400, "invalid_request"),
        (vec![(HEADER, "events.v1, acme_ticket_a(b")], 400, "invalid_request"),
        (vec![(HEADER, "events.v1")], 401, "Bearer realm=\"api\""),
        (vec![(HEADER, "")], 401, "Bearer realm=\"api\""),
        // Tokens of other kinds, and words that only look alike, are subprotocols like any other.
        (vec![(HEADER, "events.v1, full")], 401, "Bearer realm=\"api\""),
        (vec![(HEADER, "events.v1, acme_ticket")], 401, "Bearer realm=\"api\""),
        (vec![(HEADER, "events.v1, ACME_TICKET_x")], 401, "Bearer realm=\"api\""),
        (vec![(HEADER, "events.v1, acme_tickets_x")], 401, "Bearer realm=\"api\""),
    ] {
        let response = ask(&app, "/one", &headers);
        assert_eq!(response.status(), status, "{headers:?}");
        let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.contains(error), "{headers:?}: {challenge}");
        assert_eq!(error.contains("realm"), challenge.ends_with("realm=\"api\""), "{challenge}");
    }
    let uri = Uri::from_static("/");
    let alone: HeaderMap = [(HEADER, ticket.parse().unwrap())].into_iter().collect();
    assert_eq!(credentials().find(&alone, &uri).unwrap_err(), NotPresented::TicketAlone);
    assert_eq!(Credentials::bearer().find(&alone, &uri).unwrap_err(), NotPresented::Missing);
}

/// The memory of a ticket is for the request that had it, as it was.
#[test]
fn what_is_put_into_the_headers_afterwards_is_looked_at() {
    async fn put(
        State(guard): State<Guard>,
        _: Proof<Look, kind::Ticket>,
        request: axum::extract::Request,
    ) -> &'static str {
        let mut parts = request.into_parts().0;
        assert!(guard.identify::<kind::Ticket>(&mut parts).await.is_ok(), "the ticket");
        for (value, reason) in [
            ("Bearer a b", Reason::NotPresented(NotPresented::Malformed)),
            ("Bearer expired", Reason::Refused(Refused::Expired)),
        ] {
            parts.headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            let refusal = guard.identify::<kind::Ticket>(&mut parts).await.unwrap_err();
            assert_eq!(refusal.reason(), reason);
        }
        parts.headers.insert(header::AUTHORIZATION, "Bearer full".parse().unwrap());
        assert!(guard.identify::<kind::Deploy>(&mut parts).await.is_ok(), "the other token");
        "done"
    }
    let app = Router::new().route("/", get(put)).with_state(guard()).finish();
    let response = ask(&app, "/", &[(HEADER, &format!("v1, {}", ticket()))]);
    assert!(text(response).ends_with("done"));
}

#[test]
fn a_token_that_is_no_ticket_comes_in_by_its_own_header_only() {
    let app = app(guard());
    let headers = [(header::AUTHORIZATION, "Bearer full"), (HEADER, "events.v1, other")];
    let response = ask(&app, "/one", &headers);
    assert_eq!(response.status(), StatusCode::OK);
    assert!(text(response).contains("events.v1, other"), "the header is as it was");
}

#[test]
fn a_verifier_that_vouches_for_another_kind_lets_nobody_in() {
    // A reusable kind, and one for one use with another prefix.
    for other in [kind::Viewer::COMPILED, kind::Voucher::COMPILED] {
        let guard = guard_that_vouches_for(Some(caller(other, &["deploy:read"])), credentials());
        let response = ask(&app(guard), "/one", &[(HEADER, &format!("v1, {}", ticket()))]);
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
    let ticket_kind = Some(caller(kind::Ticket::COMPILED, &["deploy:read"]));
    let guard = guard_that_vouches_for(ticket_kind, credentials());
    let response = ask(&app(guard), "/two", &[(HEADER, &format!("v1, {}", ticket()))]);
    assert_eq!(response.status(), StatusCode::OK, "and the right kind is found by all extractors");
}

/// Two policies in one program may give two kinds the same prefix.
#[test]
fn a_verifier_that_vouches_for_a_reusable_token_with_that_prefix_lets_nobody_in() {
    #[derive(TokenKind)]
    #[token_kind(
        name = "other",
        scopes(scope::DeployRead),
        max_lifetime = "30s",
        format = "acme_ticket"
    )]
    enum Other {}
    async fn look(_: Proof<Look, Other>) {}
    let other = Some(caller(Other::COMPILED, &["deploy:read"]));
    let guard = guard_that_vouches_for(other, credentials());
    let app = Router::new().route("/", get(look)).with_state(guard).finish();
    let response = ask(&app, "/", &[(HEADER, &format!("v1, {}", ticket()))]);
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let bearer = format!("Bearer {}", ticket());
    assert_eq!(ask(&app, "/", &[(header::AUTHORIZATION, &bearer)]).status(), StatusCode::OK);
}

#[test]
fn a_ticket_beside_another_header_is_refused() {
    let key = HeaderName::from_static("x-api-key");
    let guard = guard_that_vouches_for(None, credentials().or_header(key.clone()).unwrap());
    let app = app(guard);
    let offered = format!("v1, {}", ticket());
    assert_eq!(ask(&app, "/one", &[(HEADER, &offered), (key.clone(), "full")]).status(), 400);
    assert_eq!(ask(&app, "/one", &[(key, "full")]).status(), 200);
    assert_eq!(ask(&app, "/one", &[(HEADER, &offered)]).status(), 200, "it is not used up");
}

#[test]
fn only_a_kind_for_one_short_use_has_tickets() {
    let credentials = Credentials::bearer;
    for (error, words) in [
        (credentials().or_ticket::<kind::Deploy>().unwrap_err(), "uses = \"once\""),
        (credentials().or_ticket::<kind::Voucher>().unwrap_err(), "they may live 31s"),
        (credentials().or_ticket::<kind::Coupon>().unwrap_err(), "they need not expire"),
        (credentials().or_ticket::<kind::Foreign>().unwrap_err(), "they have no format"),
    ] {
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(format!("{error:?}"), error.to_string());
    }
    assert!(credentials().or_ticket::<kind::Ticket>().is_ok());
    let error = credentials().or_header(HEADER).unwrap_err();
    assert!(error.to_string().ends_with("use `or_ticket`"), "{error}");
}
