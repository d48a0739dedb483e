//! Answers that go on end within a second of a revocation.

use std::{
    io::{Read as _, Write as _},
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::client::Service;

/// With what the test itself takes.
const A_SECOND: Duration = Duration::from_millis(1200);

fn deploy(service: &Service) {
    let headers = [&*service.header("deploy"), "Content-Type: application/json"];
    let answer = service.ask("POST /deployments/core", &headers, r#"{"version": "1.2.3"}"#);
    assert_eq!(answer.status, 201);
}

#[test]
fn events_end_with_their_token() {
    let service = Service::start();
    let mut stream = service.connect();
    let viewer = service.header("viewer");
    let request =
        format!("GET /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{viewer}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    let mut read_until = |words: &str| {
        let mut bytes = [0; 1024];
        while !text.contains(words) {
            let count = stream.read(&mut bytes).unwrap();
            assert!(count > 0, "ended: {text}");
            text.push_str(str::from_utf8(&bytes[..count]).unwrap());
        }
    };
    read_until("data: listening");
    deploy(&service);
    read_until("data: core 1.2.3 by job-17");
    assert_eq!(service.ask("DELETE /token", &[&viewer], "").status, 204);
    let began = Instant::now();
    stream.read_to_end(&mut Vec::new()).unwrap();
    assert!(began.elapsed() < A_SECOND, "{:?}", began.elapsed());
}

#[test]
fn a_socket_ends_with_its_token_and_says_why() {
    let service = Service::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let viewer = service.header("viewer");
    let talk = async {
        let url = format!("ws://{}/socket", service.address);
        let without = connect_async(&url).await.unwrap_err();
        assert!(without.to_string().contains("401"), "{without}");

        let mut request = url.into_client_request().unwrap();
        let value = viewer.replace("Authorization: ", "").parse().unwrap();
        request.headers_mut().insert("authorization", value);
        let (mut socket, _) = connect_async(request).await.unwrap();
        let news = loop {
            deploy(&service);
            let next = tokio::time::timeout(Duration::from_millis(100), socket.next()).await;
            if let Ok(Some(news)) = next {
                break news.unwrap();
            }
        };
        assert_eq!(news.to_text().unwrap(), "core 1.2.3 by job-17");

        assert_eq!(service.ask("DELETE /token", &[&viewer], "").status, 204);
        let began = Instant::now();
        let end = loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => break frame.unwrap(),
                Some(Ok(_)) => {}
                end => panic!("{end:?}"),
            }
        };
        assert_eq!((u16::from(end.code), end.reason.as_str()), (1008, "Revoked"));
        assert!(began.elapsed() < A_SECOND, "{:?}", began.elapsed());
    };
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), talk).await.unwrap() });
}
