//! Server-sent events, and a body that goes on.

use std::time::Duration;

use crate::service::{A_SECOND, Service, kind, read_to_end, read_until};

#[tokio::test(flavor = "multi_thread")]
async fn events_end_within_a_second_of_a_revocation() {
    for service in Service::all().await {
        for path in ["/events", "/who"] {
            let (id, token) = service.mint::<kind::Deploy>("alice").await;
            let (_, other) = service.mint::<kind::Deploy>("bob").await;
            let mut stream = service.open(path, &token).await;
            let mut others = service.open(path, &other).await;
            read_until(&mut stream, "data: 3").await;
            read_until(&mut others, "data: 3").await;
            let _ = service.issuer.revoke(id, "a test").await.unwrap();
            let (rest, time) = read_to_end(&mut stream).await;
            assert!(time < A_SECOND, "{time:?}");
            assert!(rest.ends_with("0\r\n\r\n"), "the last chunk is there: {rest}");
            // The stream of another caller goes on, and a new one is not begun.
            read_until(&mut others, "data: ").await;
            let mut again = service.open(path, &token).await;
            assert!(read_until(&mut again, "\r\n\r\n").await.starts_with("HTTP/1.1 401"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_cut_off_is_not_taken_for_the_whole() {
    for service in Service::all().await {
        let (_, token) = service.mint::<kind::Deploy>("alice").await;
        let mut stream = service.open("/body", &token).await;
        read_until(&mut stream, "3\n").await;
        let rule = token_issue::registry::Rule::all().subject("alice");
        let _ = service.issuer.revoke_matching(rule, "a test").await.unwrap();
        let (rest, time) = read_to_end(&mut stream).await;
        assert!(time < A_SECOND, "{time:?}");
        assert!(!rest.ends_with("\r\n0\r\n\r\n"), "the last chunk is missing: {rest}");
    }
}

/// The issuer's clock and the verifier's are real, so the lifetime is short.
#[tokio::test(flavor = "multi_thread")]
async fn events_end_when_the_token_expires() {
    let service = &Service::all().await[1];
    let mint = token_issue::Mint::<kind::Deploy>::new().lifetime(Duration::from_secs(2));
    let issued = service.issuer.mint(mint).await.unwrap();
    let token = issued.release();
    let token = token.with_bytes("a test", |bytes| String::from_utf8(bytes.to_vec()).unwrap());
    let mut stream = service.open("/events", &token).await;
    let (text, time) = read_to_end(&mut stream).await;
    assert!(text.contains("data: 3"), "{text}");
    assert!(time < Duration::from_secs(3), "{time:?}");
}
