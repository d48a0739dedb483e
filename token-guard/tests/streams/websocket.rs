//! WebSockets.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use token_issue::registry::Rule;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{Request, Response},
        protocol::CloseFrame,
    },
};

use crate::service::{A_SECOND, Service, kind};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Service {
    fn handshake(&self, headers: &[(&'static str, &str)]) -> Request<()> {
        let url = format!("ws://{}/socket", self.address);
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        request
    }

    async fn connect(
        &self,
        headers: &[(&'static str, &str)],
    ) -> Result<(Socket, Response<Option<Vec<u8>>>), Error> {
        connect_async(self.handshake(headers)).await
    }
}

async fn number(socket: &mut Socket) -> u64 {
    let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await.unwrap();
    message.unwrap().unwrap().to_text().unwrap().parse().unwrap()
}

/// How the server closes it, and how long that takes.
async fn end(socket: &mut Socket) -> (Option<CloseFrame>, Duration) {
    let began = Instant::now();
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await.unwrap();
        match message {
            Some(Ok(Message::Close(frame))) => return (frame, began.elapsed()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return (None, began.elapsed()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_ends_within_a_second_of_a_revocation_and_says_why() {
    for service in Service::all().await {
        let (id, token) = service.mint::<kind::Deploy>("alice").await;
        let (_, other) = service.mint::<kind::Deploy>("bob").await;
        let bearer = |token: &str| format!("Bearer {token}");
        let (mut socket, _) = service.connect(&[("authorization", &bearer(&token))]).await.unwrap();
        let (mut others, _) = service.connect(&[("authorization", &bearer(&other))]).await.unwrap();
        number(&mut socket).await;
        number(&mut others).await;
        socket.send("hello".into()).await.unwrap();
        let _ = service.issuer.revoke(id, "a test").await.unwrap();
        let (frame, time) = end(&mut socket).await;
        assert!(time < A_SECOND, "{time:?}");
        let frame = frame.unwrap();
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1008, "Revoked"));
        number(&mut others).await;
        let again = service.connect(&[("authorization", &bearer(&token))]).await;
        assert!(matches!(again, Err(Error::Http(response)) if response.status() == 401));
    }
}

/// How the stream of a ticket is ended, and by what.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_a_ticket_opened_ends_within_a_second_of_a_revocation() {
    let by_subject = || Rule::all().subject("alice");
    let by_kind = || Rule::all().kind("ticket");
    for service in Service::all().await {
        for rule in [None, Some(by_subject()), Some(by_kind())] {
            let (id, ticket) = service.mint::<kind::Ticket>("alice").await;
            let protocols = format!("{ticket}, numbers.v1");
            let offered = [("sec-websocket-protocol", &*protocols)];
            let (mut socket, response) = service.connect(&offered).await.unwrap();
            assert_eq!(response.headers()["sec-websocket-protocol"], "numbers.v1");
            assert!(!format!("{response:?}").contains(&ticket), "it is not sent back");
            number(&mut socket).await;
            let again = service.connect(&offered).await;
            assert!(matches!(again, Err(Error::Http(response)) if response.status() == 401));
            // Longer than it takes to hear of revocations.
            tokio::time::sleep(Duration::from_millis(400)).await;
            number(&mut socket).await;
            let revoked = match rule.clone() {
                Some(rule) => service.issuer.revoke_matching(rule, "a test").await.unwrap(),
                None => service.issuer.revoke(id, "a test").await.unwrap(),
            };
            assert!(revoked.is_new);
            let (frame, time) = end(&mut socket).await;
            assert!(time < A_SECOND, "{time:?} {rule:?}");
            assert_eq!(frame.unwrap().reason.as_str(), "Revoked");
        }
    }
}

/// A client that offers a ticket alone is told so, since a browser would close the socket without a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_alone_or_in_the_url_opens_nothing_and_is_not_used_up() {
    let service = &Service::all().await[0];
    let (_, ticket) = service.mint::<kind::Ticket>("alice").await;
    let alone = service.connect(&[("sec-websocket-protocol", &ticket)]).await;
    assert!(matches!(alone, Err(Error::Http(response)) if response.status() == 400));
    let url = format!("ws://{}/socket?access_token={ticket}", service.address);
    let in_url = connect_async(url).await;
    assert!(matches!(in_url, Err(Error::Http(response)) if response.status() == 400));
    let url = format!("ws://{}/socket?ticket={ticket}", service.address);
    let in_url = connect_async(url).await;
    assert!(matches!(in_url, Err(Error::Http(response)) if response.status() == 401));
    let protocols = format!("numbers.v1, {ticket}");
    assert!(service.connect(&[("sec-websocket-protocol", &protocols)]).await.is_ok());
}
