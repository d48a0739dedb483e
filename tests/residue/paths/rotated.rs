//! Lives of tokens that are replaced, and of the secrets by which new ones are got.

use std::{fs, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, Uri};
use token_core::{Admission, ErrorKind, Lease, record::InMemory, scope::ReadableBy};
use token_rotate::{
    Attempt, Failure, Fetched, FromFn, Issuer, Rotating, Watched,
    oauth::{ClientAuth, ClientCredentials, Endpoint, RefreshToken, Store},
};

use super::{Kept, ListRepos, grant, kind, loaded, quietly, secret};

/// The lease lives on.
pub(super) fn ended_under_a_lease(dir: &Path) -> Kept {
    let token = Arc::new(loaded(dir));
    let lease = Lease::shared(Arc::clone(&token));
    lease.with(&ListRepos, |exposed| assert!(!exposed.as_str().is_empty())).unwrap();
    token.end();
    let error = lease.expose_for(&ListRepos).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ended);
    Box::new((format!("{error:?} {lease:?}"), lease))
}

pub(super) fn closed(dir: &Path) -> Kept {
    let (recorder, path) = (Arc::new(InMemory::new()), dir.to_owned());
    let issuer = FromFn::new(move |_: &Attempt| Ok(Fetched::new(secret(&path), grant())));
    let admission = Admission::new().recorder(recorder.clone());
    let rotating = Rotating::<kind::Ci>::options(admission, issuer).start().unwrap();
    let header = rotating.current().unwrap().header(&ListRepos).unwrap();
    drop(header);
    let lease = lease_of(&rotating);
    rotating.close(Duration::from_secs(30)).unwrap();
    assert!(lease.expose_for(&ListRepos).is_err());
    drop(lease);
    Box::new((rotating, recorder))
}

fn lease_of(rotating: &Rotating<kind::Ci>) -> Lease<'_, kind::Ci> {
    token_core::Current::current(rotating).unwrap()
}

pub(super) fn watched(dir: &Path) -> Kept {
    let watched = Watched::<kind::Ci>::file(dir.join("token"), ReadableBy::Owner)
        .settle(Duration::from_millis(5))
        .grant(|_, _| Ok(grant()));
    // What another look compares is kept, and no copy of the token.
    for _ in 0..2 {
        drop(watched.fetch(&attempt()).unwrap().into_secret());
    }
    Box::new(watched)
}

pub(super) fn half_written(dir: &Path) -> Kept {
    let watched = Watched::<kind::Deploy>::file(dir.join("token"), ReadableBy::Owner);
    let failure = watched.fetch(&attempt()).unwrap_err();
    Box::new((watched, format!("{failure} {failure:?}")))
}

/// The client's secret is the token: in a form, or in the header.
pub(super) fn client_secret_in_body(dir: &Path) -> Kept {
    let file = dir.join("token");
    client(ClientAuth::in_body("shop", move || token_core::source::file(&file)))
}

pub(super) fn client_secret_basic(dir: &Path) -> Kept {
    let file = dir.join("token");
    client(ClientAuth::basic("ci-bot", move || token_core::source::file(&file)))
}

fn client(auth: ClientAuth) -> Kept {
    let issuer = ClientCredentials::<kind::Ci>::new(endpoint(granted).auth(auth));
    drop(issuer.fetch(&attempt()).unwrap());
    Box::new(issuer)
}

/// The refresh token is the token; the server gives another one.
pub(super) fn refreshed(dir: &Path) -> Kept {
    let store = Store::at(dir.join("store"));
    store.put(&secret(dir)).unwrap();
    let issuer = RefreshToken::<kind::Ci>::new(endpoint(renewed), store);
    drop(issuer.fetch(&attempt()).unwrap());
    Box::new(issuer)
}

/// The disk takes nothing, so the successor stays in memory: until the issuer goes.
pub(super) fn unwritten(dir: &Path) -> Kept {
    let store = Store::at(dir.join("store"));
    store.put(&secret(dir)).unwrap();
    fs::create_dir(dir.join("store.new")).unwrap();
    let issuer = RefreshToken::<kind::Ci>::new(endpoint(renewed), store);
    let failure = issuer.fetch(&attempt()).unwrap_err();
    drop(issuer);
    Box::new(format!("{failure} {failure:?}"))
}

/// The token is what the endpoint gives.
pub(super) fn answered(dir: &Path) -> Kept {
    let path = dir.to_owned();
    let answer = move |_: Request<Bytes>, _: &Attempt| {
        let body = secret(&path).with_bytes("an answer", |token| {
            let (head, tail) = (&br#"{"access_token":""#[..], &br#"","expires_in":60}"#[..]);
            [head, token, tail].concat()
        });
        Ok(Response::new(Bytes::from(body)))
    };
    let issuer = ClientCredentials::<kind::Ci>::new(endpoint(answer));
    drop(issuer.fetch(&attempt()).unwrap());
    Box::new(issuer)
}

pub(super) fn panicked(dir: &Path) -> Kept {
    let dir = dir.to_owned();
    quietly(move || {
        let send = |request: Request<Bytes>, _: &Attempt| -> Result<Response<Bytes>, Failure> {
            drop(request);
            panic!("on purpose")
        };
        let file = dir.join("token");
        let auth = ClientAuth::in_body("shop", move || token_core::source::file(&file));
        drop(ClientCredentials::<kind::Ci>::new(endpoint(send).auth(auth)).fetch(&attempt()));
    })
}

fn attempt() -> Attempt {
    Attempt::new(1, Duration::from_secs(30))
}

fn endpoint<F>(send: F) -> Endpoint
where
    F: Fn(Request<Bytes>, &Attempt) -> Result<Response<Bytes>, Failure> + Send + Sync + 'static,
{
    Endpoint::new(Uri::from_static("https://login.example/token"), send)
}

fn answer(body: &'static str) -> Result<Response<Bytes>, Failure> {
    Ok(Response::new(Bytes::from_static(body.as_bytes())))
}

fn granted(_: Request<Bytes>, _: &Attempt) -> Result<Response<Bytes>, Failure> {
    answer(r#"{"access_token":"another","token_type":"Bearer","expires_in":60}"#)
}

fn renewed(_: Request<Bytes>, _: &Attempt) -> Result<Response<Bytes>, Failure> {
    answer(r#"{"access_token":"another","expires_in":60,"refresh_token":"successor"}"#)
}
