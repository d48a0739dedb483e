//! The residue scan over a registry in PostgreSQL, with a real server: `cargo test -p tests --features postgres --test residue-postgres`, or
//! `.ci/postgres`. It is not among those that `cargo test` runs by itself.
//!
//! Of a token nothing may be left, in no buffer of the client library either. Of the URL's password the client library leaves copies,
//! since it does not wipe what it parses; how many is measured, and must not grow.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "residue/scan.rs"]
mod scan;

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
};

use scan::{Found, Scanner};
use test_support::{fresh_token, postgres::Server};

const PROGRAMS: [(&str, &str); 2] = [
    ("the system's allocator", env!("CARGO_BIN_EXE_residue-child-postgres")),
    ("an allocator that never frees", env!("CARGO_BIN_EXE_residue-child-postgres-never-free")),
];

const RUNS: usize = if cfg!(debug_assertions) { 2 } else { 5 };

/// A server that wants a password (SCRAM), over TCP and over a socket.
struct Database {
    server: Server,
    port: u16,
    password: String,
}

impl Database {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = ["listen_addresses=127.0.0.1", &format!("port={port}")];
        let server = Server::start_with(&settings);
        let password = fresh_token();
        server.sql("postgres", &format!("CREATE ROLE app LOGIN PASSWORD '{password}'"));
        server.sql("postgres", "CREATE DATABASE tokens OWNER app");
        let rules = server.data().join("pg_hba.conf");
        let trusting = fs::read_to_string(&rules).unwrap();
        let text = format!(
            "local all app scram-sha-256\nhost all app 127.0.0.1/32 scram-sha-256\n{trusting}"
        );
        fs::write(&rules, text).unwrap();
        server.sql("postgres", "SELECT pg_reload_conf()");
        Self { server, port, password }
    }

    fn urls(&self) -> [(&'static str, String); 2] {
        let Self { port, password, server } = self;
        let folder = server.folder().display();
        [
            ("TCP", format!("postgresql://app:{password}@127.0.0.1:{port}/tokens?sslmode=disable")),
            ("a socket", format!("postgresql://app:{password}@/tokens?host={folder}&port={port}")),
        ]
    }
}

/// What is found of the token, and of the password.
fn life(program: &str, path: &str, url: &str, password: &str) -> (Found, Found) {
    // To connect may take 250 ms, which a machine with much other work does not always do.
    let mut lives = (0..10).filter_map(|_| try_life(program, path, url, password));
    lives.next().unwrap_or_else(|| panic!("{path} did not come to its end"))
}

fn try_life(program: &str, path: &str, url: &str, password: &str) -> Option<(Found, Found)> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("url");
    fs::write(&file, url).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let mut command = Command::new(program);
    command.arg(path).arg(dir.path()).env_clear().stdout(Stdio::piped()).stdin(Stdio::null());
    let mut child = Killed(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if line != "ready\n" {
        return None;
    }
    let pid = child.0.id();
    let of_password = Scanner::new(&[password.as_bytes().to_vec()]).scan_process(pid);
    let token = fs::read(dir.path().join("generated"));
    let of_token = token.map_or(Found::default(), |token| Scanner::new(&[token]).scan_process(pid));
    Some((of_token, of_password))
}

/// Also when an assertion fails.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn of_a_token_nothing_is_left() {
    let database = Database::start();
    let password = &database.password;
    for (allocator, program) in PROGRAMS {
        for (way, url) in database.urls() {
            let (alive, _) = life(program, "control_token_alive", &url, password);
            assert!(alive.full >= 1, "the control: {allocator}, {way}");
            for path in ["served", "ended", "unwound"] {
                for run in 0..RUNS {
                    let (found, _) = life(program, path, &url, password);
                    assert_eq!(found, Found::default(), "{path}, run {run}: {allocator}, {way}");
                }
            }
        }
    }
}

/// An URL that is held as a `Secret` has one copy of the password. To make a connection takes three more: in the library's configuration, and
/// in what it makes the proof for the server of. They are freed and not wiped; the system's allocator soon gives their memory to others.
#[test]
fn of_the_password_the_client_library_leaves_three_copies_for_each_connection() {
    let database = Database::start();
    let password = &database.password;
    for (allocator, program) in PROGRAMS {
        for (way, url) in database.urls() {
            let of_password = |path| life(program, path, &url, password).1;
            let held = of_password("control_url_held").full;
            assert!(
                of_password("control_url_alive").full >= 1 && held == 1,
                "the controls: {held}"
            );
            for (path, held) in [("opened", 1), ("opened_and_closed", 0)] {
                for run in 0..RUNS {
                    let found = of_password(path);
                    println!("{path}, run {run}, {allocator}, {way}: {found:?}");
                    assert!(found.full >= held && found.full <= held + COPIES, "{found:?}");
                }
            }
            println!("ended, {allocator}, {way}: {:?}", of_password("ended"));
            let wrong = url.replace(&password[..], &fresh_token());
            let (_, refused) = life(program, "refused", &wrong, password);
            assert_eq!(refused, Found::default(), "it is another password");
        }
    }
}

const COPIES: usize = 3;
