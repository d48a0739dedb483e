//! The service, its issuer, and clients of it.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::StreamExt;
use token_core::{RequireScopes, TokenKind, record::InMemory};
use token_guard::{
    Challenge, Credentials, Guard, Until,
    axum::{Identified, Proof, Router, any, get},
};
use token_issue::{
    Issuer, Mint, Registry, Verifier,
    registry::{Memory, Sqlite},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

token_core::policy!("../it/tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRead)]
pub(crate) struct Watch;

/// How late an end may be.
pub(crate) const A_SECOND: Duration = Duration::from_secs(1);

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) issuer: Issuer,
    _folder: tempfile::TempDir,
}

impl Service {
    /// One for each registry.
    pub(crate) async fn all() -> Vec<Self> {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(folder.path().join("registry.db")).unwrap();
        vec![
            Self::start(Arc::new(sqlite), folder).await,
            Self::start(Arc::new(Memory::new()), tempfile::tempdir().unwrap()).await,
        ]
    }

    async fn start(registry: Arc<dyn Registry>, folder: tempfile::TempDir) -> Self {
        let log = Arc::new(InMemory::named("example.com/tokens"));
        let issuer = Issuer::options(&POLICY, Arc::clone(&registry), log).start().unwrap();
        let verifier = Verifier::options(&POLICY, registry).start().await.unwrap();
        let credentials = Credentials::bearer().or_ticket::<kind::Ticket>().unwrap();
        let guard = Guard::new(Arc::new(verifier), credentials, Challenge::new("api").unwrap());
        let app = Router::new()
            .route("/events", get(events))
            .route("/body", get(body))
            .route("/socket", any(socket))
            .route("/who", token_guard::axum::public("a test", get(who)));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = app.with_state(guard).finish();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, issuer, _folder: folder }
    }

    /// A token for `subject`.
    pub(crate) async fn mint<K: TokenKind>(&self, subject: &str) -> (token_core::TokenId, String) {
        let issued = self.issuer.mint(Mint::<K>::new().subject(subject)).await.unwrap();
        let id = issued.id();
        let text = issued
            .release()
            .with_bytes("a test presents it", |bytes| String::from_utf8(bytes.to_vec()).unwrap());
        (id, text)
    }

    /// Asks for `path`, and leaves the connection open.
    pub(crate) async fn open(&self, path: &str, token: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }
}

/// Numbers, fifty a second.
fn numbers() -> impl futures_util::Stream<Item = u64> {
    futures_util::stream::unfold(0, async |number| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((number, number + 1))
    })
}

async fn events(may: Proof<Watch, (kind::Deploy, kind::Ticket)>) -> impl IntoResponse {
    let events = numbers().map(|number| Event::default().json_data(number));
    Sse::new(Until::new(events, may.until_invalid())).keep_alive(KeepAlive::default())
}

async fn who(who: Identified<kind::Deploy>) -> impl IntoResponse {
    let events = numbers().map(|number| Event::default().json_data(number));
    Sse::new(Until::new(events, who.until_invalid()))
}

async fn body(may: Proof<Watch, kind::Deploy>) -> Response {
    let lines = numbers().map(|number| Ok::<_, std::io::Error>(format!("{number}\n")));
    Response::new(Body::new(Until::new(Body::from_stream(lines), may.until_invalid())))
}

async fn socket(may: Proof<Watch, (kind::Deploy, kind::Ticket)>, ws: WebSocketUpgrade) -> Response {
    ws.protocols(["numbers.v1"]).on_upgrade(async move |mut socket| {
        if let Err(refused) = may.while_valid(talk(&mut socket)).await {
            let reason = refused.name().into();
            let _ = socket.send(Message::Close(Some(CloseFrame { code: 1008, reason }))).await;
            // What the client has sent meanwhile must be read, or the frame may not reach it.
            let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
            let _ = tokio::time::timeout(Duration::from_secs(1), rest).await;
        }
    })
}

async fn talk(socket: &mut WebSocket) {
    let mut numbers = std::pin::pin!(numbers());
    while let Some(number) = numbers.next().await {
        if socket.send(number.to_string().into()).await.is_err() {
            return;
        }
    }
}

/// Reads until the other side ends the answer. What was read, and how long it took.
pub(crate) async fn read_to_end(stream: &mut TcpStream) -> (String, Duration) {
    let began = Instant::now();
    let mut text = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut text)).await;
    // A connection that is reset has ended, too.
    let _ = read.expect("the answer ends within 20 s");
    (String::from_utf8(text).unwrap(), began.elapsed())
}

/// Reads until the answer has `text`.
pub(crate) async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut found = Vec::new();
    while !String::from_utf8_lossy(&found).contains(text) {
        let mut bytes = [0; 1024];
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut bytes)).await;
        let number = read.unwrap().unwrap();
        assert!(number > 0, "ended: {}", String::from_utf8_lossy(&found));
        found.extend(&bytes[..number]);
    }
    String::from_utf8(found).unwrap()
}
