//! What the endpoints of OAuth are sent: an answer that the RFCs know, without a part of a token that was sent.
//!
//! The first byte of the input says the endpoint, the second how the form is cut into pieces; the rest is the form. A `$` stands for a token
//! that nobody issued, a `@` for a valid one.
#![no_main]

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
};

use axum_core::body::Body as Answered;
use bytes::Bytes;
use fuzz::{assert_silent, with_markers};
use http::{Request, Response, StatusCode, header};
use http_body::{Body, Frame};
use libfuzzer_sys::fuzz_target;
use pollster::block_on;
use token_core::{RequireScopes, record::InMemory};
use token_guard::{
    Challenge, Credentials, Guard,
    oauth::{Exchange, Introspection, Revocation},
};
use token_issue::{Issuer, Mint, Verifier, registry::Memory};
use tower_service::Service as _;

#[derive(RequireScopes)]
#[require(scope::DeployRead)]
struct Look;

struct Service {
    introspection: Introspection<Look, kind::Deploy>,
    revocation: Revocation<Look, kind::Deploy>,
    exchange: Exchange,
    token: String,
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let registry = Arc::new(Memory::new());
    let issuer =
        Issuer::options(&POLICY, registry.clone(), Arc::new(InMemory::new())).start().unwrap();
    let verifier = Arc::new(block_on(Verifier::options(&POLICY, registry).start()).unwrap());
    let guard = Guard::new(verifier, Credentials::bearer(), Challenge::new("api").unwrap());
    let token =
        block_on(issuer.mint(Mint::<kind::Deploy>::new().subject("job-17"))).unwrap().release();
    Service {
        introspection: Introspection::new(guard.clone(), issuer.clone()),
        revocation: Revocation::new(guard, issuer.clone()),
        exchange: Exchange::new(issuer).kind::<kind::Deploy>().audience("deployer"),
        token: token
            .with_bytes("a client has it", |token| String::from_utf8(token.to_vec()).unwrap()),
    }
});

/// A body in pieces.
struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

fuzz_target!(|input: &[u8]| {
    let [endpoint, cut, form @ ..] = input else { return };
    let Some(form) = with_markers(form) else { return };
    let service = &*SERVICE;
    let mut text = Vec::new();
    for byte in form {
        match byte {
            // The token that is sent in the header must stay valid.
            b'@' if endpoint % 3 != 1 => text.extend_from_slice(service.token.as_bytes()),
            byte => text.push(byte),
        }
    }
    let is_long = text.len() > 8 * 1024;
    let pieces = text.chunks(usize::from(*cut).max(1)).map(Bytes::copy_from_slice).collect();
    let request = Request::post("/")
        .header(header::AUTHORIZATION, format!("Bearer {}", service.token))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Pieces(pieces))
        .unwrap();
    let Ok(answer) = block_on(async {
        match endpoint % 3 {
            0 => service.introspection.clone().call(request).await,
            1 => service.revocation.clone().call(request).await,
            _ => service.exchange.clone().call(request).await,
        }
    });
    check(answer, is_long, &service.token);
});

fn check(answer: Response<Answered>, is_long: bool, token: &str) {
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
        // A machine that is busy holds the verifier's thread up for longer than its lease.
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
        return;
    }
    assert_eq!(answer.status() == StatusCode::PAYLOAD_TOO_LARGE, is_long);
    let status = answer.status().as_u16();
    let mut body = Box::pin(answer.into_body());
    let frame = block_on(std::future::poll_fn(|context| body.as_mut().poll_frame(context)));
    let body = frame.map(|frame| frame.unwrap().into_data().unwrap()).unwrap_or_default();
    let body = str::from_utf8(&body).unwrap();
    assert_silent(body);
    assert!(!body.contains(&token[token.len() - 20..]));
    match status {
        200 if body.is_empty() => {}
        200 => assert!(serde_json::from_str::<serde_json::Value>(body).unwrap().is_object()),
        400 | 413 => {
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
            assert!(body["error"].is_string() && body["error_description"].is_string());
        }
        other => panic!("{other}"),
    }
}

token_core::policy!("../guard.toml");
