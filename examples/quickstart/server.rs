//! A real HTTP server on loopback. It knows only the ids of its bearer tokens.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread::JoinHandle,
};

use token_core::TokenId;

pub(crate) struct Server {
    address: SocketAddr,
    thread: JoinHandle<usize>,
}

impl Server {
    pub(crate) fn start(known: [Option<TokenId>; 2]) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let thread = std::thread::spawn(move || serve(&listener, known));
        Ok(Self { address, thread })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests there were.
    pub(crate) fn stop(self) -> usize {
        // A connection without a request ends the server's loop.
        drop(TcpStream::connect(self.address));
        self.thread.join().unwrap_or(0)
    }
}

fn serve(listener: &TcpListener, known: [Option<TokenId>; 2]) -> usize {
    let answered = listener.incoming().map_while(|stream| answer(&stream.ok()?, known));
    answered.count()
}

/// Answers one request. `None` for a connection without one.
fn answer(mut stream: &TcpStream, known: [Option<TokenId>; 2]) -> Option<()> {
    let head: Vec<String> = BufReader::new(stream)
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let token = head.iter().find_map(|line| line.strip_prefix("Authorization: Bearer "));
    let status = match token.map(|token| TokenId::of(token.as_bytes())) {
        _ if head.is_empty() => return None,
        Some(id @ Some(_)) if known.contains(&id) => "200 OK",
        _ => "401 Unauthorized",
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()
}
