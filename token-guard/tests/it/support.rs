//! A verifier whose tokens are written down here, and a router that is asked without a network.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use token_core::{
    AnyCaller, AnyScopeSet, RequireScopes, SystemClock, TokenId, TokenKind, Verify,
    caller::{Boxed, Deadline, Hit, Presented, Refused, Verified},
    scope::CompiledKind,
};
use token_guard::{Challenge, Credentials, Guard};
use tower_service::Service;

token_core::policy!("tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
pub(crate) struct Start;

#[derive(RequireScopes)]
#[require(scope::DeployRead)]
pub(crate) struct Look;

/// Answers by the text of the token.
#[derive(Default)]
pub(crate) struct Fixed {
    callers: Vec<(&'static str, AnyCaller)>,
    pub(crate) misses: AtomicUsize,
}

impl Fixed {
    pub(crate) fn new() -> Self {
        let deploy = kind::Deploy::COMPILED;
        let callers = vec![
            ("full", caller(deploy, &["deploy:run", "deploy:read"])),
            ("narrow", caller(deploy, &["deploy:read"])),
            ("viewer", caller(kind::Viewer::COMPILED, &["deploy:read"])),
        ];
        Self { callers, misses: AtomicUsize::new(0) }
    }
}

pub(crate) fn caller(kind: &'static CompiledKind, scopes: &[&'static str]) -> AnyCaller {
    let scopes = AnyScopeSet::from_names(kind, scopes.iter().copied()).unwrap();
    let deadline = Deadline::after(Duration::from_secs(60), &SystemClock);
    Verified::new(TokenId::from_bytes([7; 16]), scopes, deadline).subject("job-17").vouch()
}

impl Verify for Fixed {
    fn hit(&self, presented: Presented<'_>) -> Hit {
        let refused = match presented.bytes() {
            b"expired" => Refused::Expired,
            b"revoked" => Refused::Revoked,
            b"outage" => Refused::unavailable(Duration::from_millis(1500)),
            b"remembered" if self.misses.load(Ordering::Relaxed) > 0 => Refused::Spent,
            b"ticket" | b"remembered" | b"missed" => return Hit::Miss,
            bytes => {
                let known = self.callers.iter().find(|(text, _)| text.as_bytes() == bytes);
                return known.map_or(Hit::Refused(Refused::Unknown), |(_, caller)| {
                    Hit::Caller(caller.clone())
                });
            }
        };
        Hit::Refused(refused)
    }

    fn miss<'v>(&'v self, presented: Presented<'v>) -> Boxed<'v, Result<AnyCaller, Refused>> {
        Box::pin(async move {
            let earlier = self.misses.fetch_add(1, Ordering::Relaxed);
            match presented.bytes() {
                b"ticket" | b"remembered" if earlier == 0 => {
                    Ok(caller(kind::Ticket::COMPILED, &["deploy:read"]))
                }
                b"ticket" => Err(Refused::Spent),
                _ => Ok(caller(kind::Deploy::COMPILED, &["deploy:run"])),
            }
        })
    }

    fn recheck(&self, _: &AnyCaller) -> Hit {
        Hit::Miss
    }

    fn until_invalid<'v>(&'v self, _: &'v AnyCaller) -> Boxed<'v, Refused> {
        Box::pin(async { Refused::Expired })
    }
}

pub(crate) fn guard() -> Guard {
    guard_of(Arc::new(Fixed::new()))
}

pub(crate) fn guard_of(verifier: Arc<dyn Verify>) -> Guard {
    Guard::new(verifier, Credentials::bearer(), Challenge::new("api").unwrap())
}

/// Asks the router. `token` is the text behind `Bearer`.
pub(crate) fn ask(app: &axum::Router, method: &str, uri: &str, token: Option<&str>) -> Answer {
    ask_with(app, method, uri, token, "{ malformed")
}

pub(crate) fn ask_with(
    app: &axum::Router,
    method: &str,
    uri: &str,
    token: Option<&str>,
    body: &'static str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body)).unwrap();
    let response = pollster::block_on(app.clone().call(request)).unwrap();
    Answer::of(response)
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) challenge: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = pollster::block_on(axum::body::to_bytes(body, 10_000)).unwrap();
        let challenge = parts.headers.get(header::WWW_AUTHENTICATE);
        Self {
            status: parts.status,
            challenge: challenge.map(|value| value.to_str().unwrap().to_owned()),
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}
