//! `scan --revoke`.

use std::io::Write as _;
use std::process::Stdio;

use base64::Engine as _;
use serde_json::Value;
use time::{Duration, UtcDateTime};
use token_core::TokenId;
use token_issue::Row;

use super::Desk;
use crate::support::{PROGRAM, Ran, github, shows, token};

impl Desk {
    /// Scans the repository, and revokes. Returns for each own token what is said of it.
    fn scanned(&self) -> (Ran, Vec<(String, Value)>) {
        let ran = self.changes(&["scan", "--revoke", "--format", "json"]);
        let objects = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let own = objects.filter(|object| object["code"] == "own-token");
        let said = own.map(|object| {
            let place = format!("{}:{}", object["file"].as_str().unwrap(), object["line"]);
            (place, object["facts"]["revocation"].clone())
        });
        let said = said.collect();
        (ran, said)
    }
}

#[test]
fn what_is_found_and_alive_is_revoked_on_record_with_its_place() {
    let desk = Desk::new();
    let (id, secret) = desk.minted_by_service("job-17");
    desk.folder.write("src/config.py", format!("# a\nTOKEN = \"{secret}\"\n"));
    desk.folder.write("deploy.sh", format!("curl -H 'Authorization: Bearer {secret}'\n"));
    let before = desk.run(&["scan"]).ends(1);
    assert!(before.out.contains(&format!("= id: {id}")), "{}", before.out);
    assert_eq!(desk.state(&id), "live", "a scan alone changes nothing");

    let ran = desk.changes(&["scan", "--revoke"]).ends(1);
    assert_eq!(ran.out.matches("= revocation: revoked now, on record").count(), 2, "{}", ran.out);
    assert!(!shows(&ran.all(), &secret["acmecorp_ci_".len()..]));
    let without = ran.out.lines().filter(|line| !line.contains("= revocation:"));
    assert_eq!(without.collect::<Vec<_>>(), before.out.lines().collect::<Vec<_>>());
    assert_eq!(desk.state(&id), "revoked");
    let record = desk.records().pop().unwrap().to_string();
    assert!(record.contains("deploy.sh:1 and another place"), "{record}");
    assert!(record.contains(&id) && !shows(&record, &secret["acmecorp_ci_".len()..]));

    let (ran, said) = desk.scanned();
    assert_eq!(ran.code, 1);
    assert!(said.iter().all(|(_, said)| said == "revoked before") && said.len() == 2, "{said:?}");
    let sarif = desk.changes(&["scan", "--revoke", "--format", "sarif"]).ends(1);
    assert_eq!(sarif.out.matches("\"revocation\": \"revoked before\"").count(), 2);
}

#[test]
fn each_end_has_its_word() {
    let desk = Desk::new();
    let (live, secret) = desk.minted_by_service("a");
    let old = token(11);
    let now = UtcDateTime::now();
    let of = |secret: &str| TokenId::of(secret.as_bytes()).unwrap();
    desk.put(Row::new(of(&old), "ci", now - Duration::days(2), now - Duration::days(1)));
    // It has expired, and a machine whose clock is behind may still accept it.
    let late = token(12);
    desk.put(Row::new(of(&late), "ci", now - Duration::days(2), now - Duration::seconds(30)));
    let unknown = token(13);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&secret);
    desk.folder.write("a", format!("{encoded}\n{old}\n{late}\n{unknown}\n"));
    let (ran, said) = desk.scanned();
    assert_eq!(ran.code, 1, "{}", ran.err);
    let expected = [
        ("a:1", "revoked now, on record"),
        ("a:2", "expired"),
        ("a:3", "revoked now, on record"),
        ("a:4", "unknown to this registry"),
    ];
    assert_eq!(said, expected.map(|(place, said)| (place.to_owned(), Value::from(said))));
    assert_eq!(desk.state(&live), "revoked");
}

/// Whoever may write a file must not be able to end the tokens of others.
#[test]
fn nothing_but_the_whole_token_revokes_it() {
    let desk = Desk::new();
    let (id, secret) = desk.minted_by_service("victim");
    let last = if secret.ends_with('0') { '1' } else { '0' };
    let cut = &secret[..secret.len() - 1];
    desk.folder.write(
        "attack.txt",
        format!(
            "{id}\nid = \"{id}\"\ntoken: {id}\n{cut}\n{cut}{last}\n{}\nid={id}\n",
            &secret[8..]
        ),
    );
    desk.folder.write(&format!("{id}.txt"), format!("= id: {id}\n"));
    desk.folder.write("more.toml", "[[rules]]\nid = \"own-token\"\nregex = \"id=[0-9a-f]{32}\"\n");
    desk.folder.write("known.txt", format!("{id}\n"));
    let more = ["--rules", "more.toml", "--known", "known.txt"];
    let ran = desk.changes(&[&["scan", "--revoke"][..], &more].concat());
    assert!(ran.out.contains("own-token") && !ran.out.contains("= revocation:"), "{}", ran.out);
    assert_eq!(desk.state(&id), "live");
}

/// Neither the registry nor the log is touched.
#[test]
fn a_scan_that_finds_no_token_of_ours_asks_nothing() {
    let desk = Desk::without_registry();
    desk.folder.write("clean.txt", "nothing\n");
    desk.changes(&["scan", "--revoke"]).ends(0);
    desk.folder.write("other.txt", github(1));
    let ran = desk.changes(&["scan", "--revoke"]).ends(1);
    assert!(!ran.all().contains("tokens.db"), "{}", ran.all());
    assert!(!std::fs::exists(desk.path("audit")).unwrap());
}

#[test]
fn a_registry_that_is_away_leaves_the_findings_and_ends_with_another_code() {
    let desk = Desk::without_registry();
    let secret = token(1);
    let id = TokenId::of(secret.as_bytes()).unwrap().to_string();
    desk.folder.write("a.txt", &secret);
    let ran = desk.changes(&["scan", "--revoke"]).ends(3);
    assert!(
        ran.out.contains("= revocation: NOT revoked: the registry was not asked"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains(&id) && ran.err.contains("NOT revoked"), "{}", ran.err);
    assert!(ran.err.contains("tokens.db: entity not found"), "{}", ran.err);
}

#[test]
fn standard_input_and_history_are_revoked_too() {
    let desk = Desk::new();
    let (first, secret) = desk.minted_by_service("a");
    let mut command = desk.folder.command(PROGRAM);
    command.args(["scan", "--revoke", "-"]).args(desk.on_record());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(desk.state(&first), "revoked");

    let (second, secret) = desk.minted_by_service("b");
    desk.folder.write("a.txt", &secret);
    desk.folder.commit_all("a leak");
    desk.folder.write("a.txt", "gone");
    desk.folder.commit_all("hidden again");
    desk.changes(&["scan", "--revoke"]).ends(0);
    assert_eq!(desk.state(&second), "live");
    desk.changes(&["scan", "--revoke", "--since"]).ends(1);
    assert_eq!(desk.state(&second), "revoked");
}

#[test]
fn a_registry_without_revoke_and_revoke_without_a_registry_are_refused() {
    let desk = Desk::new();
    let place = desk.place();
    let place: Vec<&str> = place.iter().map(String::as_str).collect();
    assert!(desk.run(&[&["scan"][..], &place].concat()).ends(2).err.contains("`--revoke`"));
    desk.reads(&["scan", "--revoke"]).ends(2);
    let (log, key) = (desk.path("audit"), desk.path("audit.key"));
    let ran = desk.run(&["scan", "--revoke", "--log", &log, "--log-key", &key]).ends(2);
    assert!(ran.err.contains("where the registry is"), "{}", ran.err);
    let accept = ["--suppress", "a:b", "--reason", "c", "--until", "2999-01-31"];
    desk.changes(&[&["scan", "--revoke"][..], &accept].concat()).ends(2);
}
