//! Answers that go on end within a second of a revocation.

use std::{
    io::{Read as _, Write as _},
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::Response},
};

use crate::client::Service;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

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

async fn open(
    service: &Service,
    name: &'static str,
    value: &str,
) -> Result<(Socket, Response<Option<Vec<u8>>>), Error> {
    let mut request = format!("ws://{}/socket", service.address).into_client_request()?;
    request.headers_mut().insert(name, value.parse().unwrap());
    connect_async(request).await
}

/// Hears of deployments, gives the token back, and is closed.
async fn ends(service: &Service, mut socket: Socket) {
    let news = loop {
        deploy(service);
        let next = tokio::time::timeout(Duration::from_millis(100), socket.next()).await;
        if let Ok(Some(news)) = next {
            break news.unwrap();
        }
    };
    assert_eq!(news.to_text().unwrap(), "core 1.2.3 by job-17");
    assert_eq!(service.ask("DELETE /token", &[&service.header("viewer")], "").status, 204);
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
}

fn within_20_seconds(what: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), what).await.unwrap() });
}

#[test]
fn a_socket_ends_with_its_token_and_says_why() {
    let service = Service::start();
    within_20_seconds(async {
        let viewer = service.header("viewer").replace("Authorization: ", "");
        let without = open(&service, "x", "y").await.unwrap_err();
        assert!(without.to_string().contains("401"), "{without}");
        let (socket, _) = open(&service, "authorization", &viewer).await.unwrap();
        ends(&service, socket).await;
    });
}

#[test]
fn a_ticket_opens_one_socket_which_ends_with_the_token_that_asked_for_it() {
    let service = Service::start();
    within_20_seconds(async {
        let answer = service.ask("POST /ticket", &[&service.header("viewer")], "");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let ticket = body["access_token"].as_str().unwrap();
        let offer = format!("deployments.v1, {ticket}");
        let (socket, answer) = open(&service, "sec-websocket-protocol", &offer).await.unwrap();
        assert_eq!(answer.headers()["sec-websocket-protocol"], "deployments.v1");
        let again = open(&service, "sec-websocket-protocol", &offer).await.unwrap_err();
        assert!(again.to_string().contains("401"), "{again}");
        ends(&service, socket).await;
    });
}

/// The frame that says why is not waited for without end.
#[test]
fn a_socket_whose_client_reads_nothing_ends_with_its_token() {
    let service = Service::start();
    let viewer = service.header("viewer");
    let mut socket = service.connect();
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: a\r\n{viewer}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut bytes = [0; 12];
    socket.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"HTTP/1.1 101");
    // More than the system keeps for who does not read.
    let order = format!(r#"{{"version": "{}"}}"#, "1".repeat(1_500_000));
    let headers = [&*service.header("deploy"), "Content-Type: application/json"];
    for _ in 0..10 {
        assert_eq!(service.ask("POST /deployments/core", &headers, &order).status, 201);
    }
    assert_eq!(service.ask("DELETE /token", &[&viewer], "").status, 204);
    std::thread::sleep(Duration::from_millis(2500));
    let mut rest = Vec::new();
    // It may also be cut off.
    let _ = socket.read_to_end(&mut rest);
    assert!(rest.len() > 1_500_000, "{} bytes", rest.len());
    assert!(!rest.ends_with(b"Revoked"), "the server waited for its client");
}
