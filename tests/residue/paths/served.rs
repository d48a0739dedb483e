//! Tokens that come over TCP: one copy is left, in the buffer that the HTTP server (hyper) reads into, and none of ours.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    thread,
    time::Duration,
};

use super::{
    Kept,
    guarded::{around, service},
};

/// In the header, of a connection that stays open.
pub(super) fn header(dir: &Path) -> Kept {
    served(dir, b"GET /list HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ", b"\r\n\r\n")
}

/// In a form.
pub(super) fn form(dir: &Path) -> Kept {
    const HEAD: &[u8] = b"POST /token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 62\r\n\r\nsubject_token=";
    served(dir, HEAD, b"")
}

fn served(dir: &Path, before: &[u8], after: &[u8]) -> Kept {
    let service = service();
    let token = service.mint(dir);
    let mut stream = TcpStream::connect(serve(service.app.clone())).unwrap();
    stream.write_all(&around(before, &token, after)).unwrap();
    let mut answer = [0; 2_000];
    let read = stream.read(&mut answer).unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 "));
    drop(token);
    // The server goes on to wait for the next request.
    thread::sleep(Duration::from_millis(50));
    Box::new((service, stream))
}

fn serve(app: axum::Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    address
}
