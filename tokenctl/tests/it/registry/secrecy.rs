//! No token and no URL stands where others see it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::Desk;
use crate::support::{PROGRAM, ran, shows};

/// A password that stands in nothing else.
const PASSWORD: &str = concat!("hunter2", "hunter2", "Zq81");

#[test]
fn a_url_is_taken_from_a_file_or_a_variable_and_never_shown() {
    let desk = Desk::new();
    let url = format!("postgresql://tokens:{PASSWORD}@127.0.0.1:1/tokens?sslmode=disable");
    let file = desk.secret("db.url", &url);
    let all = [
        &["registry", "init"][..],
        &["registry", "list"],
        &["registry", "show", "00000000000000000000000000000000"],
        &["registry", "prune"],
        &["registry", "watch"],
    ];
    for arguments in all {
        let mut by_variable = desk.folder.command(PROGRAM);
        by_variable.args(arguments).args(["--url-env", "TOKENS_DB"]).env("TOKENS_DB", &url);
        let by_file = desk.run(&[arguments, &["--url-file", &file]].concat());
        for ran in [ran(&mut by_variable), by_file] {
            let ran = ran.ends(3);
            assert!(ran.err.contains("cannot answer"), "{}", ran.err);
            assert!(!shows(&ran.all(), PASSWORD), "{}", ran.all());
        }
    }
    let mangled = desk.secret("mangled.url", &format!("postgresql:/{PASSWORD} nonsense"));
    let ran = desk.run(&["registry", "list", "--url-file", &mangled]).ends(3);
    assert!(!shows(&ran.all(), PASSWORD), "{}", ran.all());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = desk.run(&["registry", "list", "--url-file", &file]).ends(3);
    assert!(ran.err.contains("db.url") && !shows(&ran.all(), PASSWORD), "{}", ran.all());
    for both in [["--file", "a", "--url-file", "b"], ["--url-env", "A", "--url-file", "b"]] {
        desk.run(&[&["registry", "list"][..], &both].concat()).ends(2);
    }
}

/// A URL in the place of a path is not repeated: clap knows no option that takes one.
#[test]
fn there_is_no_option_for_a_url() {
    let desk = Desk::new();
    let url = format!("postgresql://tokens:{PASSWORD}@db.example.com/tokens");
    for arguments in [["registry", "list", "--url", &url], ["registry", "list", "--file", &url]] {
        let ran = desk.run(&arguments);
        assert!(ran.code == 2 || ran.code == 3, "{}", ran.all());
    }
}

/// While it waits for the registry, neither `/proc/PID/environ` nor `/proc/PID/cmdline` has the URL.
#[cfg(target_os = "linux")]
#[test]
fn the_variable_is_gone_while_the_command_runs() {
    use std::net::TcpListener;
    use std::process::Stdio;

    // It accepts and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgresql://tokens:{PASSWORD}@127.0.0.1:{port}/tokens?sslmode=disable");
    let desk = Desk::new();
    let mut command = desk.folder.command(PROGRAM);
    command.args(["registry", "list", "--url-env", "TOKENS_DB"]).env("TOKENS_DB", &url);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (_connection, _) = silent.accept().unwrap();
    let process = format!("/proc/{}", child.id());
    let seen = ["environ", "cmdline"].map(|name| fs::read(format!("{process}/{name}")).unwrap());
    for seen in seen {
        let text = String::from_utf8_lossy(&seen).into_owned();
        assert!(!text.is_empty() && !shows(&text, PASSWORD), "{text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The only place with a token is the one way out of `mint`.
#[test]
fn no_command_shows_a_token() {
    let desk = Desk::new();
    let (id, secret) = desk.minted(&["--subject", "job"]);
    desk.folder.write("a.txt", &secret);
    let end = &secret["acmecorp_ci_".len()..];
    for ran in [
        desk.reads(&["registry", "list"]),
        desk.reads(&["registry", "list", "--format", "json"]),
        desk.reads(&["registry", "show", &id]),
        desk.changes(&["scan", "--revoke", "--verbose"]),
        desk.changes(&["registry", "revoke", &id, "--reason", "x"]),
        desk.changes(&["registry", "revoke", &secret, "--reason", "x"]),
        desk.changes(&["registry", "mint", &secret, "--to", "b"]),
    ] {
        assert!(!shows(&ran.all(), end), "{}", ran.all());
    }
    for name in ["tokens.db", "tokens.db-wal"] {
        let bytes = fs::read(desk.path(name)).unwrap_or_default();
        assert!(!shows(&String::from_utf8_lossy(&bytes), end));
    }
}
