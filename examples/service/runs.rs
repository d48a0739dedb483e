//! The example `service` as a process of its own: asked over TCP, ended by SIGTERM, and its log verified afterwards.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use token_audit::{Reader, VerifyingKey, verify};
use token_core::UtcDateTime;

/// The status and the whole answer.
fn ask(address: &str, request: &str, header: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let request = format!(
        "{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{header}Content-Length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

#[test]
fn it_serves_and_closes_its_log() {
    let dir = tempfile::tempdir().unwrap();
    // target/debug/deps/… is the test, target/debug/examples/… the example, which cargo has built before.
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/service");
    let mut command = Command::new(program);
    command.arg(dir.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = command.stdin(Stdio::piped()).spawn();
    let mut process =
        process.expect("`cargo build -p examples --example service` makes the program");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut value = |name: &str| {
        let line = lines.find_map(|line| line.unwrap().strip_prefix(name).map(str::to_owned));
        line.unwrap()
    };
    let key: VerifyingKey = value("export KEY=").parse().unwrap();
    let address = value("export URL=http://");
    let header = |name: &str| fs::read_to_string(Path::new(dir.path()).join(name)).unwrap();
    let (clerk, reader) = (header("clerk"), header("reader"));

    assert_eq!(ask(&address, "GET /health", "").0, 200);
    assert_eq!(ask(&address, "POST /shipments/7", "").0, 401);
    let (status, answer) = ask(&address, "POST /shipments/7", &reader);
    assert!(status == 403 && answer.contains("scope=\"shipment:create\""), "{answer}");
    let (status, answer) = ask(&address, "POST /shipments/7", &clerk);
    assert!(status == 201 && answer.ends_with("order 7 to 12 Main Street by clerk-7"), "{answer}");
    assert_eq!(ask(&address, "POST /shipments/99", &clerk).0, 404);
    assert_eq!(ask(&address, "POST /shipments/13", &clerk).0, 503);
    let (status, answer) = ask(&address, "GET /shipments", &reader);
    assert!(status == 200 && answer.contains("12 Main Street"), "{answer}");

    let ended = Instant::now();
    assert!(
        Command::new("kill").arg("-TERM").arg(process.id().to_string()).status().unwrap().success()
    );
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(ended.elapsed() < Duration::from_secs(20), "{:?}", ended.elapsed());
    assert!(said.contains("closing") && said.contains("Bearer [token:orders#"), "{said}");
    for header in [&clerk, &reader] {
        assert!(!said.contains(header.strip_prefix("Authorization: Bearer ").unwrap()), "{said}");
    }

    // At the next start the log goes on with the same key. The end of the input ends it.
    let again = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(again.stdout).unwrap();
    assert!(again.status.success() && said.contains(&format!("export KEY={key}\n")), "{said}");

    let verified = verify(dir.path().join("audit"), &key, &[]).unwrap();
    assert!(verified.is_intact(), "{verified:?}");
    let log = Reader::open(dir.path().join("audit"), &key).unwrap();
    assert!(log.unsealed().unwrap().is_empty(), "the log was closed");
    let open = log.open_tokens(UtcDateTime::now()).unwrap();
    let kinds: Vec<_> = open.iter().map(|token| token.event.kind.clone()).collect();
    assert!(kinds.iter().all(|kind| kind == "clerk"), "what this service held is ended: {kinds:?}");
}
