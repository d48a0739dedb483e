//! Streams end with their caller's token.

use std::time::{Duration, Instant};

use token_issue::{Mint, registry::Rule};
use tonic::{Code, Status, Streaming};

use crate::service::{Layered, Running, kind};

const A_SECOND: Duration = Duration::from_secs(1);

async fn next(stream: &mut Streaming<String>) -> Result<Option<String>, Status> {
    tokio::time::timeout(Duration::from_secs(20), stream.message()).await.unwrap()
}

/// How the stream ends, and how long that takes.
async fn end(stream: &mut Streaming<String>) -> (Status, Duration) {
    let began = Instant::now();
    loop {
        match next(stream).await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended as if it were whole"),
            Err(status) => return (status, began.elapsed()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_within_a_second_of_a_revocation() {
    for layered in [Layered::Server, Layered::Service] {
        let running = Running::start(layered).await;
        for by_rule in [false, true] {
            let (id, token) = running.mint(Mint::<kind::Deploy>::new().subject("alice")).await;
            let (_, other) = running.mint(Mint::<kind::Viewer>::new().subject("bob")).await;
            let mut stream = running.watch(&token).await.unwrap();
            let mut others = running.watch(&other).await.unwrap();
            assert_eq!(next(&mut stream).await.unwrap().as_deref(), Some("0"));
            assert_eq!(next(&mut others).await.unwrap().as_deref(), Some("0"));
            let _ = match by_rule {
                true => {
                    let rule = Rule::all().subject("alice");
                    running.issuer.revoke_matching(rule, "a test").await.unwrap()
                }
                false => running.issuer.revoke(id, "a test").await.unwrap(),
            };
            let (status, time) = end(&mut stream).await;
            assert!(time < A_SECOND, "{time:?}");
            assert_eq!(status.code(), Code::Unauthenticated);
            assert_eq!(status.message(), "the token is not valid");
            assert!(next(&mut others).await.unwrap().is_some(), "the stream of another goes on");
            assert_eq!(running.watch(&token).await.unwrap_err().code(), Code::Unauthenticated);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_the_token_expires() {
    let running = Running::start(Layered::Server).await;
    let mint = Mint::<kind::Deploy>::new().lifetime(Duration::from_secs(2));
    let (_, token) = running.mint(mint).await;
    let mut stream = running.watch(&token).await.unwrap();
    let (status, time) = end(&mut stream).await;
    assert!(time < Duration::from_secs(3), "{time:?}");
    assert_eq!(status.code(), Code::Unauthenticated);
}
