//! Lives of tokens in requests: through a guard, its extractors and refusals, and the endpoints of OAuth.
//!
//! A request carries the token as a server would give it, but in buffers that wipe themselves. So what is found afterwards was left
//! by the guard, the endpoints, or what they use.

use std::{convert::Infallible, fs, panic, path::Path, sync::Arc, thread, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderValue, Request, Response, StatusCode, header},
    routing::{any_service, get},
};
use pollster::block_on;
use token_core::{RequireScopes, Secret, record::InMemory};
use token_guard::{
    Challenge, Credentials, Guard,
    axum::Proof,
    oauth::{Exchange, Introspection, Revocation},
};
use token_issue::{Issuer, Mint, Verifier, registry::Memory};
use tower_service::Service as _;

use super::{Kept, ListRepos, POLICY, kind, scope};

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

/// What stays: the router with its guard, the issuer and the log.
pub(super) struct Service {
    pub(super) app: Router,
    issuer: Issuer,
    log: Arc<InMemory>,
}

async fn list(may: Proof<ListRepos, kind::Deploy>) -> String {
    may.subject().unwrap().to_owned()
}

/// Never called: the kind lacks the scope.
async fn push(_: Proof<Push, kind::Deploy>) {}

async fn panics(_: Proof<ListRepos, kind::Deploy>) {
    panic::resume_unwind(Box::new(()));
}

pub(super) fn service() -> Service {
    let registry = Arc::new(Memory::new());
    let log = Arc::new(InMemory::new());
    let issuer = Issuer::options(&POLICY, registry.clone(), log.clone()).start().unwrap();
    let verifier = Arc::new(block_on(Verifier::options(&POLICY, registry).start()).unwrap());
    let credentials = Credentials::bearer().or_header(header::HeaderName::from_static("x-api-key"));
    let guard = Guard::new(verifier, credentials.unwrap(), Challenge::new("api").unwrap());
    let guard = guard.recorder(log.clone());
    let introspection =
        Introspection::<ListRepos, kind::Deploy>::new(guard.clone(), issuer.clone());
    let revocation = Revocation::<Push, kind::Deploy>::new(guard.clone(), issuer.clone());
    let exchange = Exchange::new(issuer.clone()).kind::<kind::Deploy>();
    let app = Router::new()
        .route("/list", get(list))
        .route("/push", get(push))
        .route("/panics", get(panics))
        .route("/introspect", any_service(introspection))
        .route("/revoke", any_service(revocation))
        .route("/token", any_service(exchange))
        .with_state(guard);
    Service { app, issuer, log }
}

impl Service {
    pub(super) fn mint(&self, dir: &Path) -> Secret {
        let token = block_on(self.issuer.mint(Mint::<kind::Deploy>::new().subject("job-17")));
        let token = token.unwrap().release();
        let told = |bytes: &[u8]| fs::write(dir.join("generated"), bytes);
        token.with_bytes("the test looks for it", told).unwrap();
        token
    }

    fn ask(&self, request: Request<Body>) -> Response<Body> {
        block_on(self.app.clone().call(request)).unwrap()
    }

    /// Sends the token in the header, and a form; the answer has this status.
    fn post(&self, path: &str, token: &Secret, form: Bytes, status: u16) -> Bytes {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, bearer(token))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.ask(request.body(Body::from(form)).unwrap());
        assert_eq!(answer.status(), status);
        block_on(axum::body::to_bytes(answer.into_body(), 10_000)).unwrap()
    }

    fn get(&self, path: &str, token: &Secret) -> StatusCode {
        let request = Request::get(path).header(header::AUTHORIZATION, bearer(token));
        self.ask(request.body(Body::empty()).unwrap()).status()
    }
}

/// Bytes around a token, in a buffer that is wiped with its last clone.
pub(super) fn around(before: &[u8], token: &Secret, after: &[u8]) -> Bytes {
    let whole = token.with_bytes("as a request has it", |token| {
        let parts = [before, token, after];
        let len = parts.iter().map(|part| part.len()).sum();
        Secret::fill(len, |mut buffer| {
            for part in parts {
                let (to, rest) = buffer.split_at_mut(part.len());
                to.copy_from_slice(part);
                buffer = rest;
            }
            Ok::<_, Infallible>(())
        })
    });
    let Ok(whole) = whole;
    whole.into_body("a request")
}

fn bearer(token: &Secret) -> HeaderValue {
    HeaderValue::from_maybe_shared(around(b"Bearer ", token, b"")).unwrap()
}

fn form(token: &Secret) -> Bytes {
    around(b"token_type_hint=access_token&token=", token, b"")
}

const EXCHANGE: &[u8] =
    b"grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token_type=urn:ietf:params:oauth:token-type:access_token&subject_token=";

pub(super) fn alive(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    Box::new((bearer(&token), service))
}

/// From the registry, and then from memory.
pub(super) fn verified(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    assert_eq!([service.get("/list", &token), service.get("/list", &token)], [200, 200]);
    let key = HeaderValue::from_maybe_shared(around(b"", &token, b"")).unwrap();
    let request = Request::get("/list").header("x-api-key", key);
    assert_eq!(service.ask(request.body(Body::empty()).unwrap()).status(), 200);
    drop(token);
    Box::new(service)
}

/// With too few scopes, in a header that is malformed, twice, in the wrong header; and one that was revoked.
pub(super) fn refused(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    assert_eq!(service.get("/push", &token), 403);
    for (before, after, status) in [
        (&b"Bearer "[..], &b" x"[..], 400),
        (b"Bearer  \"", b"", 400),
        (b"Basic ", b"", 401),
        (b"Bearer x", b"", 401),
    ] {
        let value = HeaderValue::from_maybe_shared(around(before, &token, after)).unwrap();
        let request = Request::get("/list").header(header::AUTHORIZATION, value);
        assert_eq!(service.ask(request.body(Body::empty()).unwrap()).status(), status);
    }
    let twice = Request::get("/list")
        .header(header::AUTHORIZATION, bearer(&token))
        .header(header::AUTHORIZATION, bearer(&token));
    assert_eq!(service.ask(twice.body(Body::empty()).unwrap()).status(), 400);
    service.post("/revoke", &token, form(&token), 200);
    while service.get("/list", &token) != 401 {
        thread::sleep(Duration::from_millis(10));
    }
    drop(token);
    Box::new(service)
}

pub(super) fn introspected(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    let told = service.post("/introspect", &token, form(&token), 200);
    assert!(
        told.starts_with(br#"{"active":true"#)
            || told.windows(13).any(|w| w == br#""active":true"#)
    );
    drop(token);
    Box::new((service, told))
}

pub(super) fn revoked(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    assert!(service.post("/revoke", &token, form(&token), 200).is_empty());
    drop(token);
    Box::new(service)
}

/// The subject token.
pub(super) fn exchanged(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    let answer = service.post("/token", &token, around(EXCHANGE, &token, b"&scope=repo:read"), 200);
    drop((token, answer));
    Box::new(service)
}

/// The token that was issued for it.
pub(super) fn exchanged_for(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    let request = Request::post("/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(around(EXCHANGE, &token, b"")));
    let answer = service.ask(request.unwrap());
    assert_eq!(answer.status(), 200);
    // As it is written to the connection: to_bytes would copy it.
    let mut body = Box::pin(answer.into_body());
    let frame = block_on(std::future::poll_fn(|context| {
        http_body::Body::poll_frame(body.as_mut(), context)
    }));
    let frame = frame.unwrap().unwrap().into_data().unwrap();
    let issued = frame[17..].split(|byte| *byte == b'"').next().unwrap();
    fs::write(dir.join("generated"), issued).unwrap();
    drop((frame, body, token));
    Box::new(service)
}

/// Forms that are refused: what is wrong stands before or behind the token.
pub(super) fn malformed(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    for path in ["/introspect", "/revoke", "/token"] {
        service.post(
            path,
            &token,
            around(b"token=x&subject_token=x&token=", &token, b"&subject_token="),
            400,
        );
        service.post(path, &token, around(b"tokens=", &token, b"=&&%%%\xff"), 400);
        service.post(path, &token, around(b"", &token, b"=1"), 400);
        service.post(path, &token, around(b"token=", &token, "&x=".repeat(4_000).as_bytes()), 413);
    }
    drop(token);
    Box::new(service)
}

/// The first panic makes the dynamic linker save all registers on the stack.
pub(super) fn panicked(dir: &Path) -> Kept {
    let service = service();
    let token = service.mint(dir);
    let unwound = panic::catch_unwind(panic::AssertUnwindSafe(|| service.get("/panics", &token)));
    assert!(unwound.is_err());
    drop(token);
    Box::new(service.log.events().len())
}
