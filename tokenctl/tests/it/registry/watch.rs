//! `registry watch`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Desk;
use crate::support::PROGRAM;

/// The command while it runs. It is ended with the test.
struct Watch {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
    said: BufReader<ChildStderr>,
}

impl Watch {
    fn start(desk: &Desk, arguments: &[&str]) -> Watch {
        let mut command = desk.folder.command(PROGRAM);
        command.args(["registry", "watch"]).args(arguments).args(desk.place());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        // Long lines are broken.
        let mut begun = String::new();
        while !begun.ends_with("next\n") {
            assert_ne!(said.read_line(&mut begun).unwrap(), 0, "{begun}");
        }
        let out = child.stdout.take().map(BufReader::new);
        Watch { child, out, said }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    #[track_caller]
    fn ends(&mut self, code: i32) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert_eq!(status.code(), Some(code));
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "it goes on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn each_revocation_is_told_when_it_happens() {
    let desk = Desk::new();
    let (before, _) = desk.minted(&[]);
    desk.changes(&["registry", "revoke", &before, "--reason", "x"]).ends(0);
    let (first, _) = desk.minted(&["--subject", "a\u{1b}[31m"]);
    let mut watch = Watch::start(&desk, &[]);
    let mut json = Watch::start(&desk, &["--format", "json"]);
    desk.changes(&["registry", "revoke", &first, "--reason", "x"]).ends(0);
    assert_eq!(watch.line(), format!("{first}: revoked"));
    let told: Value = serde_json::from_str(&json.line()).unwrap();
    assert_eq!(told, serde_json::json!({ "id": first, "revocations": 2 }));

    let rule = ["registry", "revoke", "--kind", "ci", "--subject", "a\u{1b}[31m", "--reason", "x"];
    desk.changes(&rule).ends(0);
    let line = watch.line();
    assert!(line.starts_with("all tokens of kind `ci` of subject `a\\u{1b}[31m`"), "{line}");
    let told: Value = serde_json::from_str(&json.line()).unwrap();
    assert_eq!(
        (&told["rule"]["kind"], &told["rule"]["born_before"], &told["revocations"]),
        (&"ci".into(), &3.into(), &3.into())
    );
}

#[test]
fn it_ends_after_one_or_when_nobody_reads() {
    let desk = Desk::new();
    let (first, _) = desk.minted(&[]);
    let mut once = Watch::start(&desk, &["--once"]);
    let mut unread = Watch::start(&desk, &[]);
    desk.changes(&["registry", "revoke", &first, "--reason", "x"]).ends(0);
    once.ends(0);
    assert_eq!(once.line(), format!("{first}: revoked"));
    drop(unread.out.take());
    unread.ends(0);
}

#[test]
fn a_registry_that_is_gone_or_was_set_back_is_told() {
    let desk = Desk::new();
    let (first, _) = desk.minted(&[]);
    let copy = fs::read(desk.path("tokens.db")).unwrap();
    desk.changes(&["registry", "revoke", &first, "--reason", "x"]).ends(0);
    let mut watch = Watch::start(&desk, &[]);
    for name in ["tokens.db", "tokens.db-wal", "tokens.db-shm"] {
        let _ = fs::remove_file(desk.path(name));
    }
    let mut line = String::new();
    watch.said.read_line(&mut line).unwrap();
    assert!(line.starts_with("warning: "), "{line}");
    assert!(watch.child.try_wait().unwrap().is_none(), "it asks again");

    fs::write(desk.path("tokens.db"), copy).unwrap();
    watch.ends(3);
    let mut rest = String::new();
    watch.said.read_to_string(&mut rest).unwrap();
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(rest.contains("has lost revocations"), "{rest}");
}
