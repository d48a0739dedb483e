//! `registry`, and `scan --revoke`, with a registry in PostgreSQL, on a real server. What is the same for all registries is tested in `it`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[allow(dead_code, reason = "`it` needs more of it")]
#[path = "../it/support.rs"]
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::Value;
use support::{Folder, POLICY, PROGRAM, Ran, ran, shows};
use test_support::postgres::Server;

/// A password that stands in nothing else. The server asks for none.
const PASSWORD: &str = concat!("hunter2", "hunter2", "Zq81");

/// A repository, and a file outside of it with the URL of an empty database.
struct Desk {
    folder: Folder,
    outside: Folder,
    url: String,
}

impl Desk {
    fn new(server: &Server, database: &str) -> Desk {
        let (folder, outside) = (Folder::repository(), Folder::new());
        folder.write("tokens.toml", POLICY);
        let url = server.database(database).replace('@', &format!(":{PASSWORD}@"));
        let desk = Desk { folder, outside, url };
        desk.write("db.url", &format!("{}\n", desk.url));
        desk.folder.run(&["audit", "key", "--out", &desk.path("audit.key")]).ends(0);
        desk
    }

    fn path(&self, name: &str) -> String {
        self.outside.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        self.outside.write(name, text);
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(self.path(name), mode).unwrap();
    }

    /// Runs a command, with the URL from the file.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        let ran = self.folder.run(&[arguments, &["--url-file", &self.path("db.url")]].concat());
        assert!(!shows(&ran.all(), PASSWORD), "{}", ran.all());
        ran
    }

    #[track_caller]
    fn changes(&self, arguments: &[&str]) -> Ran {
        let log = ["--log", &self.path("audit"), "--log-key", &self.path("audit.key")];
        self.run(&[arguments, &log].concat())
    }

    fn minted(&self) -> (String, String) {
        let to = self.path("token");
        let mint = ["registry", "mint", "ci", "--format", "json", "--to", &to];
        let facts: Value = serde_json::from_str(&self.changes(&mint).ends(0).out).unwrap();
        let token = fs::read_to_string(&to).unwrap();
        fs::remove_file(&to).unwrap();
        (facts["id"].as_str().unwrap().to_owned(), token.trim_end().to_owned())
    }

    fn state(&self, id: &str) -> String {
        let shown = self.run(&["registry", "show", id, "--format", "json"]).ends(0);
        let row: Value = serde_json::from_str(&shown.out).unwrap();
        row["state"].as_str().unwrap().to_owned()
    }
}

#[test]
fn tokens_are_minted_listed_and_revoked() {
    let server = Server::start();
    let desk = Desk::new(&server, "one");
    let absent = desk.run(&["registry", "list"]).ends(3);
    assert!(absent.err.contains("`tokenctl registry init`"), "{}", absent.err);
    desk.changes(&["registry", "revoke", "--all", "--reason", "x"]).ends(3);
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'token_registry'";
    assert_eq!(server.sql("one", schemas), "0", "only `init` makes the tables");
    for _ in 0..2 {
        let ready = desk.run(&["registry", "init"]).ends(0);
        assert!(ready.err.contains("is ready"), "{}", ready.err);
    }
    let (first, secret) = desk.minted();
    let (second, _) = desk.minted();
    let listed = desk.run(&["registry", "list"]).ends(0);
    assert!(listed.out.contains(&first) && listed.out.contains(&second), "{}", listed.out);
    assert!(!shows(&listed.out, &secret["acmecorp_ci_".len()..]));

    let ran = desk.changes(&["registry", "revoke", &first, "--reason", "x"]).ends(0);
    let said = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said, format!("{first}: revoked, 1 token, durable on 1 server, on record"));
    let rule = ["registry", "revoke", "--kind", "ci", "--reason", "x", "--format", "json"];
    let outcome: Value = serde_json::from_str(&desk.changes(&rule).ends(0).out).unwrap();
    assert_eq!(
        (&outcome["effect"], &outcome["matched"], &outcome["servers"]),
        (&"revoked".into(), &1.into(), &1.into())
    );
    assert_eq!([&first, &second].map(|id| desk.state(id)), ["revoked", "revoked"]);
    assert!(desk.run(&["registry", "prune"]).ends(0).err.contains("0 tokens forgotten"));
    // The server has heard neither the token nor, in what it tells, its digest's source.
    assert!(!shows(&server.said(), &secret["acmecorp_ci_".len()..]));
}

#[test]
fn a_watch_sees_it_and_a_scan_revokes_by_a_url_in_a_variable() {
    let server = Server::start();
    let desk = Desk::new(&server, "two");
    desk.run(&["registry", "init"]).ends(0);
    let (id, secret) = desk.minted();
    desk.folder.write("leak.txt", &secret);

    let mut watch = desk.folder.command(PROGRAM);
    watch.args(["registry", "watch", "--once", "--url-env", "TOKENS_DB"]);
    watch.env("TOKENS_DB", &desk.url).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watch = watch.spawn().unwrap();
    let mut said = String::new();
    BufReader::new(watch.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("waiting"), "{said}");

    let mut scan = desk.folder.command(PROGRAM);
    scan.args(["scan", "--revoke", "--url-env", "TOKENS_DB"]).env("TOKENS_DB", &desk.url);
    scan.args(["--log", &desk.path("audit"), "--log-key", &desk.path("audit.key")]);
    let scanned = ran(&mut scan).ends(1);
    assert!(
        scanned.out.contains("= revocation: revoked now, durable on 1 server, on record"),
        "{}",
        scanned.out
    );
    assert!(!shows(&scanned.all(), PASSWORD));
    let ended = watch.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8(ended.stdout).unwrap(), format!("{id}: revoked\n"));
    assert_eq!(desk.state(&id), "revoked");
}

#[test]
fn a_server_that_is_down_is_told_and_the_findings_stay() {
    let mut server = Server::start();
    let desk = Desk::new(&server, "three");
    desk.run(&["registry", "init"]).ends(0);
    let (id, secret) = desk.minted();
    desk.folder.write("leak.txt", &secret);
    server.stop();
    for arguments in [&["registry", "init"][..], &["registry", "list"], &["registry", "watch"]] {
        let down = desk.run(arguments).ends(3);
        assert!(down.err.contains("cannot answer"), "{}", down.err);
    }
    let scanned = desk.changes(&["scan", "--revoke"]).ends(3);
    assert!(scanned.out.contains("own-token") && scanned.out.contains("NOT revoked"));
    assert!(scanned.err.contains(&id), "{}", scanned.err);
    let to = desk.path("token");
    desk.changes(&["registry", "mint", "ci", "--to", &to]).ends(3);
    assert!(!fs::exists(&to).unwrap());

    server.go_on();
    assert_eq!(desk.state(&id), "live");
    desk.changes(&["scan", "--revoke"]).ends(1);
    assert_eq!(desk.state(&id), "revoked");
}

/// A server that is frozen swallows what is sent, as a dead network does.
#[test]
fn a_watch_tells_that_the_server_is_silent_and_goes_on() {
    let server = Server::start();
    let desk = Desk::new(&server, "four");
    desk.run(&["registry", "init"]).ends(0);
    let (id, _) = desk.minted();
    let mut watch = desk.folder.command(PROGRAM);
    watch.args(["registry", "watch", "--once", "--url-file", &desk.path("db.url")]);
    let mut watch = watch.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(watch.stderr.take().unwrap());
    let mut until = |text: &str| {
        let mut line = String::new();
        while !line.contains(text) {
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "{text}: {line}");
        }
    };
    until("waiting");
    server.freeze();
    until("asking again");
    server.thaw();
    until("answers again");
    desk.changes(&["registry", "revoke", &id, "--reason", "x"]).ends(0);
    let ended = watch.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(ended.stdout).unwrap(), format!("{id}: revoked\n"));
}
