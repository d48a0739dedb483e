//! Each refusal is a status of gRPC.

use std::sync::atomic::Ordering;

use token_core::record::Action;
use token_issue::Mint;
use tonic::{Code, Status};

use crate::service::{Layered, Running, kind, scope};

const START: &str = "/test.Deploy/Start";
const WHO: &str = "/test.Deploy/Who";

fn challenge(status: &Status) -> Option<&str> {
    Some(status.metadata().get("www-authenticate")?.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_with_the_scope_comes_in() {
    for layered in [Layered::Server, Layered::Service] {
        let running = Running::start(layered).await;
        let (_, token) = running.mint(Mint::<kind::Deploy>::new().subject("job-17")).await;
        for scheme in ["Bearer", "bearer"] {
            let answer = running.call(START, &[&format!("{scheme} {token}")]).await;
            assert_eq!(answer.unwrap(), "job-17 deploys token-core", "{layered:?}");
        }
        let (_, viewer) = running.mint(Mint::<kind::Viewer>::new().subject("alice")).await;
        let answer = running.call(WHO, &[&format!("Bearer {viewer}")]).await;
        assert_eq!(answer.unwrap(), "alice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_is_a_status() {
    let running = Running::start(Layered::Server).await;
    let narrow = Mint::<kind::Deploy>::new().scopes::<(scope::DeployRead,)>();
    let (_, narrow) = running.mint(narrow).await;
    let (_, viewer) = running.mint(Mint::<kind::Viewer>::new()).await;
    let (id, revoked) = running.mint(Mint::<kind::Deploy>::new()).await;
    let _ = running.issuer.revoke(id, "a test").await.unwrap();
    let realm = r#"Bearer realm="deployments""#;
    let invalid = &*format!(r#"{realm}, error="invalid_token""#);
    let insufficient = &*format!(r#"{realm}, error="insufficient_scope", scope="deploy:run""#);
    let bearer = |token: &str| format!("Bearer {token}");
    for (headers, code, expected, message) in [
        (vec![], Code::Unauthenticated, realm, "the request has no token"),
        (vec!["Basic abc".into()], Code::Unauthenticated, realm, "the request has no token"),
        (vec![bearer("unknown")], Code::Unauthenticated, invalid, "the token is not valid"),
        (vec![bearer(&revoked)], Code::Unauthenticated, invalid, "the token is not valid"),
        (vec![bearer(&viewer)], Code::Unauthenticated, invalid, "the token is not valid"),
        (vec![bearer(&narrow)], Code::PermissionDenied, insufficient, "the token lacks a scope"),
        (vec![bearer("a b")], Code::InvalidArgument, "invalid_request", "not the syntax"),
        (
            vec![bearer("a"), bearer("b")],
            Code::InvalidArgument,
            "invalid_request",
            "has several tokens",
        ),
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        let status = running.call(START, &headers).await.unwrap_err();
        assert_eq!(status.code(), code, "{message}");
        assert!(status.message().contains(message), "{status:?}");
        let found = challenge(&status).unwrap();
        match expected {
            "invalid_request" => assert!(found.contains(expected), "{found}"),
            _ => assert_eq!(found, expected),
        }
    }
}

/// The build stands in the metadata, as the token does.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_a_build_is_refused_to_all_others() {
    const BUILD: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    const OTHER: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4905";
    for layered in [Layered::Server, Layered::Service] {
        let running = Running::start(layered).await;
        let mint = Mint::<kind::Deploy>::new().subject("job-17").for_build(BUILD.parse().unwrap());
        let bearer = format!("Bearer {}", running.mint(mint).await.1);
        let unknown = running.call(START, &["Bearer unknown"]).await.unwrap_err();
        for _ in 0..2 {
            let answer = running.call_by(START, &[&bearer], &[BUILD]).await;
            assert_eq!(answer.unwrap(), "job-17 deploys token-core");
            for builds in [&[][..], &[OTHER]] {
                let status = running.call_by(START, &[&bearer], builds).await.unwrap_err();
                assert_eq!((status.code(), status.message()), (unknown.code(), unknown.message()));
                assert_eq!(challenge(&status), challenge(&unknown));
            }
            for (builds, message) in [(&["git:main"][..], "no digest"), (&[BUILD, BUILD], "twice")]
            {
                let status = running.call_by(START, &[&bearer], builds).await.unwrap_err();
                assert_eq!(status.code(), Code::InvalidArgument);
                assert!(status.message().contains(message), "{status:?}");
            }
        }
    }
}

/// Without a service, a method, a token: the guard comes first.
#[tokio::test(flavor = "multi_thread")]
async fn the_guard_of_a_server_comes_before_the_services() {
    let running = Running::start(Layered::Server).await;
    let status = running.call("/test.Nowhere/Nothing", &[]).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let (_, token) = running.mint(Mint::<kind::Deploy>::new()).await;
    let authorization = format!("Bearer {token}");
    let status = running.call("/test.Deploy/Nothing", &[&authorization]).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_unavailable_and_says_when_to_come_back() {
    let running = Running::start(Layered::Service).await;
    let (_, token) = running.mint(Mint::<kind::Deploy>::new().subject("job-17")).await;
    let authorization = format!("Bearer {token}");
    running.is_off.store(true, Ordering::SeqCst);
    let status = running.call(START, &[&authorization]).await.unwrap_err();
    assert_eq!((status.code(), challenge(&status)), (Code::Unavailable, None));
    assert_eq!(status.metadata().get("grpc-retry-pushback-ms").unwrap(), "1500");
    assert_eq!(status.metadata().get("retry-after").unwrap(), "2");
    running.is_off.store(false, Ordering::SeqCst);
    assert!(running.call(START, &[&authorization]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_layer_everything_is_closed() {
    let running = Running::start(Layered::Not).await;
    let (_, token) = running.mint(Mint::<kind::Deploy>::new()).await;
    let authorization = format!("Bearer {token}");
    for method in [START, WHO] {
        let status = running.call(method, &[&authorization]).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal);
    }
    assert_eq!(running.watch(&token).await.unwrap_err().code(), Code::Internal);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_layer_and_of_the_methods_are_recorded() {
    let running = Running::start(Layered::Server).await;
    let (id, viewer) = running.mint(Mint::<kind::Viewer>::new()).await;
    let _ = running.call(START, &[]).await.unwrap_err();
    let _ = running.call(START, &[&format!("Bearer {viewer}")]).await.unwrap_err();
    let began = std::time::Instant::now();
    while running.log.events().len() < 2 {
        assert!(began.elapsed().as_secs() < 20);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let events = running.log.events();
    assert_eq!(events[0].action, Action::refused("NotPresented"));
    assert_eq!(events[1].action, Action::refused("WrongKind"));
    assert_eq!((events[1].token, &*events[1].kind), (Some(id), "viewer"));
    assert_eq!(events[1].reason.as_deref(), Some("needs deploy:run"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_asks_for_an_operation_or_for_kinds() {
    let running = Running::start(Layered::Operation).await;
    let narrow = Mint::<kind::Deploy>::new().scopes::<(scope::DeployRead,)>();
    let (_, narrow) = running.mint(narrow).await;
    let (_, viewer) = running.mint(Mint::<kind::Viewer>::new()).await;
    let nothing = "/test.Deploy/Nothing";
    for (token, code) in [(&narrow, Code::PermissionDenied), (&viewer, Code::Unauthenticated)] {
        let status = running.call(nothing, &[&format!("Bearer {token}")]).await.unwrap_err();
        assert_eq!(status.code(), code);
    }
    let running = Running::start(Layered::Service).await;
    let (_, ticket) = running.mint(Mint::<kind::Ticket>::new()).await;
    let (_, viewer) = running.mint(Mint::<kind::Viewer>::new()).await;
    for (token, code) in [(&ticket, Code::Unauthenticated), (&viewer, Code::Unimplemented)] {
        let status = running.call(nothing, &[&format!("Bearer {token}")]).await.unwrap_err();
        assert_eq!(status.code(), code);
    }
}
