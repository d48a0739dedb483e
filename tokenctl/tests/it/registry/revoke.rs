//! `registry revoke`.

use std::fs;

use serde_json::Value;
use token_audit::Log;

use super::Desk;
use crate::support::id;

#[test]
fn tokens_are_revoked_on_record_and_again_without_effect() {
    let desk = Desk::new();
    let (first, _) = desk.minted(&["--subject", "a"]);
    let (second, _) = desk.minted_by_service("b");
    let revoke = ["registry", "revoke", &first, &second, "--reason", "found in a log"];
    let ran = desk.changes(&[&revoke[..], &["--actor", "alice"]].concat()).ends(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(
        lines,
        [
            format!("{first}: revoked, 1 token, on record"),
            format!("{second}: revoked, 1 token, on record")
        ]
    );
    assert_eq!([&first, &second].map(|id| desk.state(id)), ["revoked", "revoked"]);
    let ends: Vec<Value> =
        desk.records().into_iter().filter(|it| it.to_string().contains("found in a log")).collect();
    assert_eq!(ends.len(), 2);
    for (end, id) in ends.iter().zip([&first, &second]) {
        let text = end.to_string();
        assert!(text.contains(id) && text.contains("alice") && text.contains("revoked"), "{text}");
    }

    let again = desk.changes(&[&revoke[..], &["--format", "json"]].concat()).ends(0);
    for line in again.out.lines() {
        let outcome: Value = serde_json::from_str(line).unwrap();
        assert_eq!(outcome["effect"], "revoked-before");
    }
}

#[test]
fn an_unknown_token_ends_with_another_code_and_the_rest_is_revoked() {
    let desk = Desk::new();
    let (known, _) = desk.minted(&[]);
    let revoke = ["registry", "revoke", &id(7), &known, "--reason", "x", "--format", "json"];
    let ran = desk.changes(&revoke).ends(3);
    let outcomes: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&outcomes[0]["effect"], &outcomes[0]["id"]), (&"unknown".into(), &id(7).into()));
    assert_eq!(
        (&outcomes[1]["effect"], &outcomes[1]["tokens"], &outcomes[1]["recorded"]),
        (&"revoked".into(), &1.into(), &true.into())
    );
    assert_eq!(desk.state(&known), "revoked");
}

#[test]
fn a_rule_ends_what_it_matches_and_says_how_many_were_alive() {
    let desk = Desk::new();
    let (a, _) = desk.minted(&["--subject", "a"]);
    let (b, _) = desk.minted(&["--subject", "b"]);
    let (c, _) = desk.minted(&["--subject", "b"]);
    let revoke = |arguments: &[&str]| {
        desk.changes(&[&["registry", "revoke", "--reason", "x"], arguments].concat())
    };
    let nobody = revoke(&["--kind", "ci", "--subject", "nobody"]).ends(0);
    assert!(nobody.out.contains("0 tokens live until now"), "{}", nobody.out);
    let ran = revoke(&["--subject", "b"]).ends(0);
    assert_eq!(ran.out, "all that match: revoked, 2 tokens live until now, on record\n");
    assert_eq!([&a, &b, &c].map(|id| desk.state(id)), ["live", "revoked", "revoked"]);
    revoke(&["--all"]).ends(0);
    assert_eq!(desk.state(&a), "revoked");
    // What is minted later is not meant.
    let (later, _) = desk.minted(&["--subject", "b"]);
    assert_eq!(desk.state(&later), "live");
    revoke(&["--all", "--kind", "ci"]).ends(2);
    revoke(&[&later, "--kind", "ci"]).ends(2);
    revoke(&[]).ends(2);
    desk.changes(&["registry", "revoke", &later]).ends(2);
}

/// It needs no policy, as on the machine of somebody who is on call.
#[test]
fn it_works_where_there_is_no_policy() {
    let desk = Desk::new();
    let (id, _) = desk.minted(&[]);
    fs::remove_file(desk.folder.path().join("tokens.toml")).unwrap();
    desk.changes(&["registry", "revoke", &id, "--reason", "x"]).ends(0);
    assert_eq!(desk.state(&id), "revoked");
}

#[test]
fn a_log_that_cannot_be_written_is_told_before_anything_is_revoked() {
    let desk = Desk::new();
    let (id, _) = desk.minted(&[]);
    let log = Log::open(desk.path("audit"), desk.key()).unwrap();
    desk.changes(&["registry", "revoke", &id, "--reason", "x"]).ends(3);
    log.close().unwrap();
    drop(log);
    assert_eq!(desk.state(&id), "live");
    let gone = desk.path("gone.db");
    let arguments = ["registry", "revoke", &id, "--reason", "x", "--file", &gone];
    let log = ["--log", &desk.path("audit"), "--log-key", &desk.path("audit.key")];
    desk.run(&[&arguments[..], &log].concat()).ends(3);
    assert!(!fs::exists(gone).unwrap());
}

/// The registry was set back: revoked tokens would live again.
#[test]
fn a_registry_that_is_older_than_the_log_is_refused() {
    let desk = Desk::new();
    let (first, _) = desk.minted(&[]);
    let copy = fs::read(desk.path("tokens.db")).unwrap();
    desk.changes(&["registry", "revoke", &first, "--reason", "x"]).ends(0);
    for name in ["tokens.db-wal", "tokens.db-shm"] {
        let _ = fs::remove_file(desk.path(name));
    }
    fs::write(desk.path("tokens.db"), copy).unwrap();
    let refused = desk.changes(&["registry", "mint", "ci", "--to", &desk.path("token")]).ends(3);
    assert!(refused.err.contains("has lost revocations"), "{}", refused.err);
    assert!(!fs::exists(desk.path("token")).unwrap());
}
