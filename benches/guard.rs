//! The cost of a proof of scope before a handler of axum: the same request, to a bare route and to a guarded one.
#![allow(clippy::indexing_slicing, reason = "a benchmark")]

use std::{
    cell::Cell,
    error::Error,
    hint::black_box,
    pin::pin,
    process::ExitCode,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    routing,
};
use benches::{
    POLICY,
    allocations::{Counting, per_call},
    kind,
    measure::Contest,
    report::Report,
    scope,
};
use pollster::block_on;
use token_core::{RequireScopes, Verify as _, caller::Presented, record::InMemory};
use token_guard::{
    Challenge, Credentials, Guard,
    axum::{Proof, Router, get},
};
use token_issue::{Issuer, Mint, Verifier, registry::Memory};
use tower_service::Service as _;

#[global_allocator]
static COUNTING: Counting = Counting;

const TOKENS: usize = 100_000;

/// The bytes of a header.
const LENGTH: usize = "Bearer acme_minted_".len() + 36;

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

async fn bare() -> &'static str {
    "hello"
}

async fn guarded(_: Proof<Deploy, kind::Minted>) -> &'static str {
    "hello"
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("guard: a handler of axum, in process");
    let (guard, tokens) = guard()?;
    let app: axum::Router = Router::new().route("/", get(guarded)).with_state(guard).finish();
    let plain = axum::Router::new().route("/", routing::get(bare));

    // The header is copied out of a buffer, as a server does that has just read it.
    let header = |token: usize| {
        let token = &tokens[token * LENGTH..][..LENGTH];
        HeaderValue::from_bytes(token).expect("a header")
    };
    let hot = || header(0);
    let next = Cell::new(0);
    let any = || {
        next.set((next.get() + 1) % TOKENS);
        header(next.get())
    };
    let outcome = Contest::new()
        .enter("bare", || ask(&plain, hot()))
        .enter("guarded", || ask(&app, hot()))
        .enter("bare, any token", || ask(&plain, any()))
        .enter("guarded, any token", || ask(&app, any()))
        .enter("refused", || {
            assert_eq!(answer(&app, None), StatusCode::UNAUTHORIZED);
        })
        .run();
    report.time("a bare route", outcome.of("bare"), None);
    report.time("a guarded one", outcome.of("guarded"), None);
    let beyond = outcome.of("guarded").beyond(outcome.of("bare"));
    report.number("  the guard: header, verifier, scopes", beyond, "ns", Some(350.0));
    let beyond = outcome.of("guarded, any token").beyond(outcome.of("bare, any token"));
    report.number("  the same, 100,000 callers in no order", beyond, "ns", None);
    let [with, without] = [&app, &plain].map(|app| per_call(|| ask(app, hot())));
    report.number("  allocations beyond the bare route's", with - without, "", Some(0.0));
    report.time("a request without a token, refused", outcome.of("refused"), None);
    Ok(report.finish())
}

/// A guard with the real verifier, which has all tokens in its memory; and their headers one behind the other, in a random order.
fn guard() -> Result<(Guard, Vec<u8>), Box<dyn Error>> {
    let registry = Arc::new(Memory::new());
    let log = Arc::new(InMemory::named("benches/log"));
    let issuer = Issuer::options(&POLICY, registry.clone(), log).start()?;
    let verifier = block_on(Verifier::options(&POLICY, registry).start())?;
    let mut tokens = Vec::with_capacity(TOKENS);
    for number in 0..TOKENS {
        let mint = Mint::<kind::Minted>::new().subject(format!("job-{number}"));
        let token = block_on(issuer.mint(mint))?.release();
        token.with_bytes("a benchmark presents it", |bytes| {
            block_on(verifier.miss(Presented::new(bytes)))?;
            tokens.push([b"Bearer ", bytes].concat());
            Ok::<_, Box<dyn Error>>(())
        })?;
    }
    fastrand::Rng::with_seed(1).shuffle(&mut tokens);
    let guard = Guard::new(Arc::new(verifier), Credentials::bearer(), Challenge::new("benches")?);
    Ok((guard, tokens.concat()))
}

fn ask(app: &axum::Router, token: HeaderValue) {
    assert_eq!(answer(app, Some(token)), StatusCode::OK);
}

/// Asks a router that need not wait for anything.
fn answer(app: &axum::Router, token: Option<HeaderValue>) -> StatusCode {
    let mut request = Request::new(Body::empty());
    if let Some(token) = token {
        request.headers_mut().insert(header::AUTHORIZATION, token);
    }
    let answer = pin!(app.clone().call(black_box(request)));
    match answer.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => black_box(response).status(),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => panic!("the token is in memory"),
    }
}
