//! The example `service` as a process of its own: asked over TCP, ended by SIGTERM, and its log verified afterwards.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    thread,
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

/// The service with its files in a folder.
struct Service {
    process: Child,
    /// As long as this is there, the service can print.
    lines: BufReader<ChildStdout>,
}

impl Service {
    /// Standard input is empty, as systemd and Kubernetes have it.
    fn start(dir: &Path) -> Self {
        // target/debug/deps/… is the test, target/debug/examples/… the example, which cargo has built before.
        let test = std::env::current_exe().unwrap();
        let program = test.ancestors().nth(2).unwrap().join("examples/service");
        let mut command = Command::new(program);
        command.arg(dir).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = command.spawn();
        let mut process =
            process.expect("`cargo build -p examples --example service` makes the program");
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    /// What it prints behind this name.
    fn value(&mut self, name: &str) -> String {
        let mut lines = self.lines.by_ref().lines().map(Result::unwrap);
        lines.find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap()
    }

    fn terminate(&self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").arg("-TERM").arg(pid).status().unwrap().success());
    }

    /// Waits for its end, which is without an error.
    fn output(self) -> (Output, String) {
        let output = self.process.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(output.status.success(), "{said}");
        (output, said)
    }
}

#[test]
fn it_serves_and_closes_its_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut service = Service::start(dir.path());
    let key: VerifyingKey = service.value("export KEY=").parse().unwrap();
    let address = service.value("export URL=http://");
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
    service.terminate();
    let (_, said) = service.output();
    assert!(ended.elapsed() < Duration::from_secs(20), "{:?}", ended.elapsed());
    assert!(said.contains("SIGTERM") && said.contains("closing"), "{said}");
    assert!(said.contains("Bearer [token:orders#"), "{said}");
    for header in [&clerk, &reader] {
        assert!(!said.contains(header.strip_prefix("Authorization: Bearer ").unwrap()), "{said}");
    }

    // At the next start the log goes on with the same key.
    let mut again = Service::start(dir.path());
    assert_eq!(again.value("export KEY="), key.to_string());
    again.value("export URL=");
    again.terminate();
    again.output();

    let verified = verify(dir.path().join("audit"), &key, &[]).unwrap();
    assert!(verified.is_intact(), "{verified:?}");
    let log = Reader::open(dir.path().join("audit"), &key).unwrap();
    assert!(log.unsealed().unwrap().is_empty(), "the log was closed");
    let open = log.open_tokens(UtcDateTime::now()).unwrap();
    let kinds: Vec<_> = open.iter().map(|token| token.event.kind.clone()).collect();
    assert!(kinds.iter().all(|kind| kind == "clerk"), "what this service held is ended: {kinds:?}");
}

/// Half a request keeps it no longer than whole ones may take to end; a second signal ends that too. The log is closed all the same.
#[test]
fn half_a_request_does_not_keep_it() {
    for signals in [1, 2] {
        let dir = tempfile::tempdir().unwrap();
        let mut service = Service::start(dir.path());
        let key: VerifyingKey = service.value("export KEY=").parse().unwrap();
        let mut half = TcpStream::connect(service.value("export URL=http://")).unwrap();
        half.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n").unwrap();
        thread::sleep(Duration::from_millis(200));
        let ended = Instant::now();
        for _ in 0..signals {
            service.terminate();
            // Two signals at once are one.
            thread::sleep(Duration::from_secs(1));
        }
        let (_, said) = service.output();
        let took = ended.elapsed();
        assert!(said.contains("requests are cut off"), "{said}");
        let longest = if signals == 1 { 30 } else { 9 };
        assert!(took < Duration::from_secs(longest), "{took:?}");
        assert!(verify(dir.path().join("audit"), &key, &[]).unwrap().is_intact());
        assert!(
            Reader::open(dir.path().join("audit"), &key).unwrap().unsealed().unwrap().is_empty()
        );
    }
}
