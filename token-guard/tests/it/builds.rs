//! The header `Token-Build`: what is read of it, and that a token for a build is refused to all others, by every way in.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{body::Body, http::header};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use proptest::prelude::*;
use test_support::alloc_watch::count_of;
use token_core::{
    AnyCaller, SourceDigest, TokenId, TokenKind, Verify,
    caller::{Hit, Presented},
    record::{Action, InMemory},
};
use token_guard::{
    Challenge, Credentials, Guard, NotPresented,
    axum::{Identified, Proof, Router, get},
    tower::GuardLayer,
};
use token_issue::{Issuer, Mint, State, Verifier, registry::Memory};
use tower_layer::Layer;
use tower_service::Service;

use crate::support::{Look, POLICY, kind};

const BUILD: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const OTHER: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4905";

fn build() -> SourceDigest {
    BUILD.parse().unwrap()
}

/// A service with a verifier of ours.
struct Guarded {
    issuer: Issuer,
    verifier: Verifier,
    guard: Guard,
    log: Arc<InMemory>,
}

impl Guarded {
    fn new() -> Self {
        let registry = Arc::new(Memory::new());
        let log = Arc::new(InMemory::new());
        let issued = Arc::new(InMemory::named("example.com/tokens"));
        let issuer = Issuer::options(&POLICY, registry.clone(), issued).start().unwrap();
        let verifier = pollster::block_on(Verifier::options(&POLICY, registry).start()).unwrap();
        let credentials = Credentials::bearer().or_ticket::<kind::Ticket>().unwrap();
        let challenge = Challenge::new("api").unwrap();
        let guard = Guard::new(Arc::new(verifier.clone()), credentials, challenge);
        Self { issuer, verifier, guard: guard.recorder(log.clone()), log }
    }

    fn mint<K: TokenKind>(&self, mint: Mint<K>) -> (TokenId, String) {
        let issued = pollster::block_on(self.issuer.mint(mint)).unwrap();
        (issued.id(), text(&issued.release()))
    }

    fn app(&self) -> axum::Router {
        async fn look(may: Proof<Look, (kind::Deploy, kind::Ticket)>) -> String {
            said(&may)
        }
        async fn perhaps(may: Option<Proof<Look, kind::Deploy>>) -> String {
            may.map_or_else(|| "nobody".to_owned(), |may| said(&may))
        }
        async fn who(caller: Identified<kind::Deploy>) -> String {
            said(&caller)
        }
        let open = axum::Router::new()
            .route("/perhaps", axum::routing::get(perhaps))
            .route("/who", axum::routing::get(who));
        Router::new()
            .route("/look", get(look))
            .merge(token_guard::axum::public("a test", open))
            .with_state(self.guard.clone())
            .finish()
    }

    /// The name of the last refusal on record, and the token's id there.
    fn recorded(&self, number: usize) -> (Option<TokenId>, Action) {
        let began = Instant::now();
        while self.log.events().len() < number {
            assert!(began.elapsed() < Duration::from_secs(20), "{number} events");
            std::thread::sleep(Duration::from_millis(2));
        }
        let event = self.log.events().swap_remove(number - 1);
        (event.token, event.action)
    }
}

fn text(secret: &token_core::Secret) -> String {
    secret.with_bytes("a test presents it", |it| String::from_utf8(it.to_vec()).unwrap())
}

fn said(caller: &AnyCaller) -> String {
    caller.build().map_or_else(|| "none".to_owned(), ToString::to_string)
}

fn unknown() -> String {
    text(&token_issue::generate::<kind::Deploy>().unwrap())
}

/// A whole answer: two that are equal tell nothing apart.
type Answer = (StatusCode, HeaderMap, String);

fn request(uri: &str, token: Option<&str>, builds: &[&str]) -> Request<Body> {
    let mut request = Request::builder().uri(uri);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    for build in builds {
        request = request.header("Token-Build", *build);
    }
    request.body(Body::empty()).unwrap()
}

fn answer(app: &axum::Router, request: Request<Body>) -> Answer {
    let (parts, body) = pollster::block_on(app.clone().call(request)).unwrap().into_parts();
    let body = pollster::block_on(axum::body::to_bytes(body, 10_000)).unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

fn ask(app: &axum::Router, uri: &str, token: Option<&str>, builds: &[&str]) -> Answer {
    answer(app, request(uri, token, builds))
}

#[test]
fn a_token_for_a_build_opens_every_route_to_that_build_and_to_no_other() {
    let guarded = Guarded::new();
    let app = guarded.app();
    let (_, bound) = guarded.mint(Mint::<kind::Deploy>::new().for_build(build()));
    let (_, free) = guarded.mint(Mint::<kind::Deploy>::new());
    for uri in ["/look", "/perhaps", "/who"] {
        let invalid = ask(&app, uri, Some(&unknown()), &[]);
        assert_eq!(invalid.0, StatusCode::UNAUTHORIZED);
        // From the registry, and then from memory.
        for _ in 0..2 {
            let (status, _, body) = ask(&app, uri, Some(&bound), &[BUILD]);
            assert_eq!((status, &*body), (StatusCode::OK, BUILD), "{uri}");
            for builds in [&[][..], &[OTHER]] {
                assert_eq!(ask(&app, uri, Some(&bound), builds), invalid, "{uri} {builds:?}");
                assert_eq!(ask(&app, uri, Some(&unknown()), builds), invalid);
            }
            for builds in [&[][..], &[OTHER], &[BUILD]] {
                let (status, _, body) = ask(&app, uri, Some(&free), builds);
                assert_eq!((status, &*body), (StatusCode::OK, "none"), "{uri} {builds:?}");
            }
        }
    }
}

#[test]
fn the_record_tells_a_wrong_build_apart_and_names_the_token() {
    let guarded = Guarded::new();
    let app = guarded.app();
    let (id, bound) = guarded.mint(Mint::<kind::Deploy>::new().for_build(build()));
    let refused = [(&[][..], "NoBuild"), (&[OTHER], "WrongBuild"), (&[], "NoBuild")];
    for (number, (builds, name)) in refused.into_iter().enumerate() {
        let _ = ask(&app, "/look", Some(&bound), builds);
        assert_eq!(guarded.recorded(number + 1), (Some(id), Action::refused(name)));
    }
    let _ = ask(&app, "/look", Some(&unknown()), &[BUILD]);
    assert_eq!(guarded.recorded(4), (None, Action::refused("Unknown")));
}

/// Whatever the token is: what is malformed must not tell whether there is one.
#[test]
fn two_builds_or_a_malformed_one_are_400_for_every_token() {
    let guarded = Guarded::new();
    let app = guarded.app();
    let (_, bound) = guarded.mint(Mint::<kind::Deploy>::new().for_build(build()));
    let (_, free) = guarded.mint(Mint::<kind::Deploy>::new());
    let spaced = format!("{BUILD}, {BUILD}");
    let upper = BUILD.to_uppercase();
    let (short, long) = (&BUILD[..43], format!("{BUILD}0"));
    for (builds, why) in [
        (vec![BUILD, BUILD], NotPresented::SeveralBuilds),
        (vec![BUILD, OTHER], NotPresented::SeveralBuilds),
        (vec!["", BUILD], NotPresented::SeveralBuilds),
        (vec![""], NotPresented::MalformedBuild),
        (vec!["unknown"], NotPresented::MalformedBuild),
        (vec!["git:main"], NotPresented::MalformedBuild),
        (vec!["v1.4"], NotPresented::MalformedBuild),
        (vec![&spaced], NotPresented::MalformedBuild),
        (vec![&upper], NotPresented::MalformedBuild),
        (vec![short], NotPresented::MalformedBuild),
        (vec![&long], NotPresented::MalformedBuild),
        (vec!["gr\u{fc}n"], NotPresented::MalformedBuild),
    ] {
        let answers =
            [&bound, &free, &unknown()].map(|token| ask(&app, "/look", Some(token), &builds));
        let [(status, headers, body), ..] = &answers;
        assert_eq!((*status, &**body), (StatusCode::BAD_REQUEST, ""), "{builds:?}");
        let challenge =
            format!(r#"Bearer realm="api", error="invalid_request", error_description="{why}""#);
        assert_eq!(headers[header::WWW_AUTHENTICATE], challenge);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{builds:?}");
        // RFC 6750 section 3.1: without credentials there is no error, whatever else the request says.
        let none = ask(&app, "/look", None, &builds);
        assert_eq!(
            (none.0, &none.1[header::WWW_AUTHENTICATE]),
            (StatusCode::UNAUTHORIZED, &HeaderValue::from_static(r#"Bearer realm="api""#))
        );
    }
}

#[test]
fn a_ticket_for_a_build_is_not_used_up_by_a_browser_which_cannot_say_one() {
    let guarded = Guarded::new();
    let app = guarded.app();
    let (id, ticket) = guarded.mint(Mint::<kind::Ticket>::new().for_build(build()));
    let connect = |builds: &[&str]| {
        let mut request = request("/look", None, builds);
        let protocols = HeaderValue::try_from(format!("events.v1, {ticket}")).unwrap();
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocols);
        answer(&app, request)
    };
    let invalid = ask(&app, "/look", Some(&unknown()), &[]);
    for builds in [&[][..], &[OTHER]] {
        assert_eq!(connect(builds), invalid);
        let row = pollster::block_on(guarded.issuer.show(id)).unwrap().unwrap();
        assert_eq!(row.state, State::Live);
    }
    let (status, _, body) = connect(&[BUILD]);
    assert_eq!((status, &*body), (StatusCode::OK, BUILD));
    assert_eq!(connect(&[BUILD]), invalid);
}

/// Says which build the caller has.
#[derive(Clone)]
struct Says;

impl Service<Request<Body>> for Says {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        ready(Ok(Response::new(said(request.extensions().get::<AnyCaller>().unwrap()))))
    }
}

#[test]
fn the_layer_of_tower_looks_at_the_build() {
    let guarded = Guarded::new();
    let (_, bound) = guarded.mint(Mint::<kind::Deploy>::new().for_build(build()));
    for layer in [
        GuardLayer::new(guarded.guard.clone()),
        GuardLayer::identified::<kind::Deploy>(guarded.guard.clone()),
        GuardLayer::authorized::<Look, kind::Deploy>(guarded.guard.clone()),
    ] {
        let mut service = layer.layer(Says);
        for _ in 0..2 {
            for (builds, status) in
                [(&[][..], 401), (&[OTHER], 401), (&[BUILD], 200), (&["x"], 400)]
            {
                let request = request("/", Some(&bound), builds);
                let response = pollster::block_on(service.call(request)).unwrap();
                assert_eq!(response.status(), status, "{builds:?}");
                assert_eq!(response.body() == BUILD, status == 200);
            }
        }
    }
}

#[test]
fn a_bound_token_in_memory_costs_no_allocation_whoever_presents_it() {
    let guarded = Guarded::new();
    let (_, bound) = guarded.mint(Mint::<kind::Deploy>::new().for_build(build()));
    let verifier = &guarded.verifier;
    let presented = Presented::new(bound.as_bytes());
    assert!(pollster::block_on(verifier.miss(presented.by_build(build()))).is_ok());
    let other = OTHER.parse().unwrap();
    for (presented, is_welcome) in [
        (presented.by_build(build()), true),
        (presented.by_build(other), false),
        (presented, false),
    ] {
        let (hit, count) = count_of(|| verifier.hit(presented));
        assert_eq!((matches!(hit, Hit::Caller(_)), count), (is_welcome, 0));
        assert!(!matches!(hit, Hit::Miss));
    }
}

#[test]
fn the_header_is_no_place_for_a_token() {
    let error =
        Credentials::bearer().or_header(HeaderName::from_static("token-build")).unwrap_err();
    assert!(error.to_string().contains("`token-build` says which build"), "{error}");
}

fn found(value: &[u8]) -> Result<Option<SourceDigest>, NotPresented> {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
    // Others stand there, too.
    headers.insert("token-builds", HeaderValue::from_static("x"));
    headers.insert("x-token-build", HeaderValue::from_static("x"));
    headers.insert("Token-Build", HeaderValue::from_bytes(value).unwrap());
    let presented = Credentials::bearer().find(&headers, &Uri::from_static("/"))?;
    Ok(presented.build().copied())
}

proptest! {
    /// A build is read exactly if the text is what `SourceDigest` writes.
    #[test]
    fn a_build_is_read_as_it_is_written(text in "(git|sha256|GIT)?:?([0-9a-f]{40}|[0-9a-f]{64}|[ -~]{0,80})") {
        let expected = text.parse::<SourceDigest>().map(Some).map_err(|_| NotPresented::MalformedBuild);
        let read = found(text.as_bytes());
        prop_assert!(read != Ok(None));
        if let Ok(Some(build)) = read {
            prop_assert_eq!(build.to_string(), text.clone());
        }
        prop_assert_eq!(read, expected);
    }

    /// Whatever bytes stand there, nothing panics, and they are never taken for no build.
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if HeaderValue::from_bytes(&bytes).is_ok() {
            prop_assert!(found(&bytes) != Ok(None));
        }
    }
}
