//! `registry init` and `registry mint`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::Value;
use token_core::TokenId;
use token_policy::format;

use super::Desk;
use crate::support::{PROGRAM, ran, shows, token};

#[test]
fn init_makes_a_registry_and_leaves_one_as_it_is() {
    let desk = Desk::without_registry();
    let file = desk.path("tokens.db");
    let missing = desk.run(&["registry", "list", "--file", &file]).ends(3);
    assert!(missing.err.contains("`tokenctl registry init` makes a"), "{}", missing.err);
    assert!(!fs::exists(&file).unwrap(), "only `init` makes one");

    let first = desk.run(&["registry", "init", "--file", &file]).ends(0);
    assert!(first.err.contains("is ready") && first.err.contains("tokenctl 0."), "{}", first.err);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (id, _) = desk.minted(&[]);
    desk.run(&["registry", "init", "--file", &file]).ends(0);
    assert_eq!(desk.state(&id), "live");

    desk.folder.write("other.db", "no registry");
    let other = desk.folder.path().join("other.db");
    desk.run(&["registry", "init", "--file", other.to_str().unwrap()]).ends(3);
    desk.run(&["registry", "init"]).ends(2);
}

#[test]
fn a_token_goes_into_a_new_file_and_its_facts_elsewhere() {
    let desk = Desk::new();
    let to = desk.path("token");
    let mint = ["registry", "mint", "ci", "--scope", "repo:read", "--lifetime", "10m"];
    let more = ["--subject", "job-17", "--audience", "https://a.example", "--reason", "nightly"];
    let ran = desk.changes(&[&mint[..], &more, &["--to", &to]].concat()).ends(0);
    let written = fs::read_to_string(&to).unwrap();
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = written.strip_suffix('\n').unwrap();
    assert!(format::check(secret.as_bytes()).is_ok() && secret.starts_with("acmecorp_ci_"));
    assert!(!shows(&ran.all(), &secret["acmecorp_ci_".len()..]), "{}", ran.all());

    let id = TokenId::of(secret.as_bytes()).unwrap().to_string();
    assert!(ran.out.is_empty() && ran.err.contains(&format!("minted {id}: `ci`")), "{}", ran.err);
    let row = desk.show(&id);
    assert_eq!(row["scopes"], serde_json::json!(["repo:read"]));
    let facts = ["subject", "audience", "reason", "actor", "state"].map(|name| row[name].as_str());
    assert_eq!(
        facts.map(Option::unwrap),
        ["job-17", "https://a.example", "nightly", "tokenctl", "live"]
    );
    // On record, with the same facts.
    let records = desk.records();
    assert_eq!(records.len(), 1);
    let text = records[0].to_string();
    for fact in ["created", &id, "job-17", "nightly", "\"tokenctl\""] {
        assert!(text.contains(fact), "{fact}: {text}");
    }
    assert_eq!(row["log"], serde_json::json!({ "index": 0, "name": "example.com/desk" }));
}

#[test]
fn as_json_the_facts_are_on_standard_output_and_the_token_in_the_file() {
    let desk = Desk::new();
    let json = ["registry", "mint", "ci", "--format", "json"];
    let without = desk.changes(&json).ends(2);
    assert!(without.err.contains("--to <FILE>"), "{}", without.err);
    let to = desk.path("token");
    let actor = ["--actor", "alice", "--to", &to];
    let ran = desk.changes(&[&json[..], &actor].concat()).ends(0);
    let facts: Value = serde_json::from_str(&ran.out).unwrap();
    let secret = fs::read_to_string(&to).unwrap();
    assert_eq!(facts["id"], TokenId::of(secret.trim_end().as_bytes()).unwrap().to_string());
    assert_eq!(facts["scopes"], serde_json::json!(["repo:read", "repo:write"]));
    assert_eq!(desk.show(facts["id"].as_str().unwrap())["actor"], "alice");
    assert!(!shows(&ran.all(), secret["acmecorp_ci_".len()..].trim_end()));
}

#[test]
fn a_program_can_read_it_from_a_pipe() {
    let desk = Desk::new();
    let ran = desk.changes(&["registry", "mint", "ci"]).ends(0);
    let secret = ran.out.strip_suffix('\n').unwrap();
    let id = TokenId::of(secret.as_bytes()).unwrap().to_string();
    assert!(ran.err.contains(&id) && !shows(&ran.err, &secret["acmecorp_ci_".len()..]));
    assert_eq!(desk.state(&id), "live");
}

/// Nobody can say what the reader got, so the token is revoked.
#[test]
fn a_token_that_cannot_be_handed_over_is_revoked() {
    let desk = Desk::new();
    let arguments = desk.on_record();
    let mut command = desk.folder.command(PROGRAM);
    command.args(["registry", "mint", "ci"]).args(&arguments);
    command.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
    command.stderr(Stdio::piped());
    let failed = ran(&mut command).ends(3);
    assert!(failed.err.contains("was revoked"), "{}", failed.err);

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = desk.folder.command(PROGRAM);
    command.args(["registry", "mint", "ci"]).args(&arguments).stdout(writer).stderr(Stdio::piped());
    ran(&mut command).ends(3);

    let states: Vec<Value> = desk.rows().iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["revoked", "revoked"]);
    let ends = desk.records().iter().filter(|it| it.to_string().contains("handed over")).count();
    assert_eq!(ends, 2);
}

#[test]
fn what_is_there_is_never_overwritten_and_nothing_is_minted_then() {
    let desk = Desk::new();
    let to = desk.secret("there", "mine");
    let link = desk.path("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    for to in [&to, &link] {
        let refused = desk.changes(&["registry", "mint", "ci", "--to", to]).ends(3);
        assert!(refused.err.contains("name another file"), "{}", refused.err);
    }
    assert_eq!(fs::read_to_string(&to).unwrap(), "mine");
    assert!(desk.rows().is_empty());
}

#[test]
fn what_the_policy_does_not_allow_is_refused_before_anything_is_made() {
    let desk = Desk::new();
    let to = desk.path("token");
    let secret = token(1);
    let cases: [(&[&str], &str); 9] = [
        (&["nonsense"], "has no such kind; those whose tokens are minted are `ci`, `ticket`"),
        (&["foreign"], "`foreign`: the token policy gives it no `format`"),
        (&["ci", "--lifetime", "61m"], "may live 3600 seconds at most"),
        (&["ci", "--lifetime", "soon"], "invalid value"),
        (&["ticket", "--scope", "repo:write"], "does not carry scope `repo:write`"),
        (&["ticket", "--audience", "https://other"], "another one was asked for"),
        (&["ci", "--subject", &secret], "there is a token in `--subject`"),
        (&["ci", "--reason", &secret], "there is a token in `--reason`"),
        (&["ci", "--actor", &secret], "there is a token in `--actor`"),
    ];
    for (arguments, said) in cases {
        let mint = [&["registry", "mint"], arguments, &["--to", &to]].concat();
        let refused = desk.changes(&mint).ends(2);
        let flat = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(said), "{said}: {flat}");
        assert!(!shows(&refused.all(), &secret[12..]), "{flat}");
    }
    assert!(!fs::exists(&to).unwrap() && desk.rows().is_empty());
}

/// One log, one writer. And without a log nothing is minted.
#[test]
fn a_log_that_somebody_else_writes_is_refused() {
    let desk = Desk::new();
    let to = desk.path("token");
    let log = token_audit::Log::open(desk.path("audit"), desk.key()).unwrap();
    let refused = desk.changes(&["registry", "mint", "ci", "--to", &to]).ends(3);
    assert!(!fs::exists(&to).unwrap(), "{}", refused.err);
    log.close().unwrap();
    drop(log);
    desk.changes(&["registry", "mint", "ci", "--to", &to]).ends(0);

    let none = desk.reads(&["registry", "mint", "ci", "--to", &desk.path("other")]).ends(2);
    assert!(none.err.contains("`--log` and `--log-key`"), "{}", none.err);
    assert_eq!(desk.rows().len(), 1);
}

#[test]
fn peppers_are_those_of_the_services_or_nothing_is_minted() {
    let desk = Desk::new();
    let pepper = |name: &str, digit: &str| desk.secret(name, &format!("{}\n", digit.repeat(40)));
    let (one, two) = (pepper("one", "4f"), pepper("two", "7a"));
    let to = |name: &str| desk.path(name);
    let mint = |arguments: &[&str], name: &str| {
        desk.changes(&[&["registry", "mint", "ci", "--to", &to(name)], arguments].concat())
    };
    mint(&["--pepper", &one], "a").ends(0);
    let refused = mint(&[], "b").ends(3);
    assert!(refused.err.contains("--old-pepper"), "{}", refused.err);
    mint(&["--pepper", &two, "--old-pepper", &one], "c").ends(0);
    mint(&["--pepper", &two, "--first-pepper", "--old-pepper", &one], "d").ends(2);
    let short = desk.secret("short", "4f4f");
    let refused = mint(&["--pepper", &short], "e").ends(3);
    assert!(refused.err.contains("too short"), "{}", refused.err);
    // Who revokes needs none, and leaves them as they are.
    let id = desk.rows()[0]["id"].as_str().unwrap().to_owned();
    desk.changes(&["registry", "revoke", &id, "--reason", "leaked"]).ends(0);
    mint(&["--pepper", &two, "--old-pepper", &one], "f").ends(0);
}
