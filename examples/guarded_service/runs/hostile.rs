//! Clients that send what no client should.

use std::{
    io::{Read as _, Write as _},
    time::{Duration, Instant},
};

use crate::{
    client::Service,
    refusals::{BARE, INVALID},
};

fn malformed() -> String {
    let text = "the header has not the syntax of a token; check that it was copied whole";
    format!(r#"Bearer realm="deployments", error="invalid_request", error_description="{text}""#)
}

#[test]
fn two_headers_are_refused_even_if_they_are_equal() {
    let service = Service::start();
    let (good, bad) = (service.header("deploy"), "Authorization: Bearer abc");
    let basic = "Authorization: Basic YTpi";
    for headers in [[&*good, &*good], [&good, bad], [bad, &good], [&good, basic], [basic, &good]] {
        let answer = service.ask("GET /deployments", &headers, "");
        assert_eq!(answer.status, 400);
        assert!(answer.challenge().unwrap().contains("several tokens"), "{answer:?}");
    }
    let joined = format!("{good}, Bearer abc");
    let answer = service.ask("GET /deployments", &[&joined], "");
    assert_eq!((answer.status, answer.challenge()), (400, Some(&*malformed())));
}

#[test]
fn what_is_no_ascii_is_malformed_and_not_echoed() {
    let service = Service::start();
    let requests: [&[u8]; 3] = ["gr\u{fc}n".as_bytes(), b"abc\xff\xfe", "\u{202e}abc".as_bytes()];
    for token in requests {
        let mut request =
            b"GET /deployments HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer "
                .to_vec();
        request.extend(token);
        request.extend(b"\r\n\r\n");
        let answer = service.send(&request);
        assert_eq!((answer.status, answer.challenge()), (400, Some(&*malformed())));
        assert!(answer.headers.iter().all(|(_, value)| value.is_ascii()), "{answer:?}");
    }
    // These are not even headers: the server of HTTP answers, and no handler runs.
    for value in ["a\0b", "a\rb"] {
        let answer =
            service.ask("GET /deployments", &[&format!("Authorization: Bearer {value}")], "");
        assert_eq!((answer.status, answer.body.as_str()), (400, ""), "{value:?}");
    }
}

#[test]
fn a_megabyte_of_header_is_refused_and_the_next_caller_is_answered() {
    let service = Service::start();
    let long = "a".repeat(1 << 20);
    let one = service.ask("GET /deployments", &[&format!("Authorization: Bearer {long}")], "");
    assert_eq!(one.status, 431, "{one:?}");
    let many: Vec<_> = (0..2000).map(|n| format!("X-{n}: {}", &long[..500])).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(service.ask("GET /deployments", &many, "").status, 431);
    // As long as the server lets through: it is a token that nobody issued.
    let token = format!("Authorization: Bearer {}", &long[..100_000]);
    let answer = service.ask("GET /deployments", &[&token], "");
    assert_eq!((answer.status, answer.challenge()), (401, Some(INVALID)));
    assert_eq!(service.list("deploy").status, 200);
}

#[test]
fn slow_headers_keep_nobody_waiting_and_are_answered_when_they_are_whole() {
    let service = Service::start();
    let mut slow: Vec<_> = (0..200).map(|_| service.connect()).collect();
    let pieces = [
        "GET /deploy",
        "ments HTTP/1.1\r\nHost: a\r\nConn",
        "ection: close\r\nAuthori",
        "zation: Bea",
    ];
    for piece in pieces {
        for stream in &mut slow {
            stream.write_all(piece.as_bytes()).unwrap();
        }
        let began = Instant::now();
        assert_eq!(service.list("deploy").status, 200);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    let good = service.header("deploy");
    let token = good.rsplit(' ').next().unwrap();
    for (end, status) in
        [(format!("rer {token}\r\n\r\n"), "200"), ("rer abc\r\n\r\n".into(), "401")]
    {
        let mut stream = slow.pop().unwrap();
        stream.write_all(end.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{text}");
    }
}

/// HTTP/2 without TLS, as a client begins that knows that the server speaks it.
#[test]
fn http_2_gets_the_same_answers() {
    let service = Service::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let good = service.header("deploy").replace("Authorization: ", "");
    let asked = async {
        let stream = tokio::net::TcpStream::connect(&service.address).await.unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        let mut answers = Vec::new();
        for authorizations in [
            vec![],
            vec!["Bearer abc"],
            vec![&*good],
            vec![&*good, &*good],
            vec!["Bearer gr\u{fc}n"],
        ] {
            let mut request =
                axum::http::Request::get(format!("http://{}/deployments", service.address));
            for value in authorizations {
                request = request.header("authorization", value.as_bytes());
            }
            let (answer, _) = client.send_request(request.body(()).unwrap(), true).unwrap();
            let answer = answer.await.unwrap();
            let challenge = answer.headers().get("www-authenticate");
            let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
            answers.push((answer.status().as_u16(), challenge));
        }
        answers
    };
    let limit = Duration::from_secs(20);
    let answers = runtime.block_on(async { tokio::time::timeout(limit, asked).await.unwrap() });
    let statuses: Vec<_> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [401, 401, 200, 400, 400]);
    let challenges: Vec<_> = answers.iter().map(|(_, challenge)| challenge.as_deref()).collect();
    assert_eq!(challenges[..3], [Some(BARE), Some(INVALID), None]);
    assert_eq!(challenges[4], Some(&*malformed()));
}
