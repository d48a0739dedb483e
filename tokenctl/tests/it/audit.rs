//! `audit`: on a real log, and on one that somebody changed.

use std::fs;
use std::path::Path;

use time::{Duration, UtcDateTime};
use token_audit::{InclusionProof, Log, SigningKey, VerifyingKey};
use token_core::TokenId;
use token_core::record::{Action, Event};

use crate::support::{Folder, audit_log, shows, token};

fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

#[test]
fn an_intact_log_is_read_and_not_changed() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    let before = contents(&log);
    let verified = folder.run(&["audit", "verify", "audit", "--key", "audit.vkey"]).ends(0);
    assert_eq!(
        (verified.out.as_str(), verified.err.as_str()),
        ("", "example.com/deploy: 4 records: intact\n")
    );

    let open = folder.run(&["audit", "open", "audit", "--key", "audit.vkey"]).ends(0);
    assert!(open.out.starts_with("3: `deployer`, open for "), "{}", open.out);
    assert!(open.out.contains("    token: 02020202020202020202020202020202\n"), "{}", open.out);
    assert_eq!(open.err, "1 token open\n");
    let json =
        folder.run(&["audit", "open", "audit", "--key", "audit.vkey", "--format", "json"]).ends(0);
    let record = token_audit::Record::parse(json.out.trim_end().as_bytes()).unwrap();
    assert_eq!((record.index, &*record.event.kind), (3, "deployer"));

    let used = folder.run(&["audit", "use", "audit", "--key", "audit.vkey"]).ends(0);
    assert_eq!(
        used.out,
        "ci\n  repo:read   used 12 times\n  repo:write  not used\ndeployer\n  repo:read   not used\n  repo:write  not used\n"
    );
    let json =
        folder.run(&["audit", "use", "audit", "--key", "audit.vkey", "--format", "json"]).ends(0);
    let first: serde_json::Value = serde_json::from_str(json.out.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["kind"], &first["used"]["repo:read"], &first["unused"][0]),
        (&"ci".into(), &12.into(), &"repo:write".into())
    );
    assert_eq!(contents(&log), before);
}

/// A log with these events, and its key.
fn log_of(folder: &Folder, events: impl IntoIterator<Item = Event>) {
    let key = SigningKey::generate("example.com/issuer").unwrap();
    folder.write("audit.vkey", format!("{}\n", key.verifying_key()));
    let log = Log::open(folder.path().join("audit"), key).unwrap();
    for event in events {
        log.append(event).unwrap();
    }
    log.close().unwrap();
}

#[test]
fn an_issuers_tokens_are_open_until_they_expire() {
    let folder = Folder::new();
    let now = UtcDateTime::now();
    let minted = |token, expiry| {
        let event = Event::new(Action::Created, "deploy").token(TokenId::from_bytes([token; 16]));
        event.expires_at(expiry).subject("job-17")
    };
    let child =
        Event::new(Action::narrowed(Some(0)), "deploy").parent(TokenId::from_bytes([1; 16]));
    log_of(
        &folder,
        [
            minted(1, now + Duration::hours(2)),
            minted(2, now - Duration::seconds(1)),
            child.expires_at(UtcDateTime::MAX),
            Event::new(Action::expired(Some(1)), "deploy"),
            Event::new(Action::revoked(Some(0)), "deploy").origin("example.com/other"),
        ],
    );
    let open = folder.run(&["audit", "open", "audit", "--key", "audit.vkey"]).ends(0);
    assert_eq!(open.err, "2 tokens open\n", "no record is told to have closed nothing");
    let until = (now + Duration::hours(2)).date();
    assert!(open.out.contains("    subject: job-17\n"), "{}", open.out);
    assert!(open.out.contains(&format!("    until: {until}T")), "{}", open.out);
    let parent = "01".repeat(16);
    assert!(open.out.contains(&format!("    narrowed from: {parent}\n")), "{}", open.out);
    assert!(!open.out.contains("1: `deploy`"), "{}", open.out);
    let json =
        folder.run(&["audit", "open", "audit", "--key", "audit.vkey", "--format", "json"]).ends(0);
    let records: Vec<_> =
        json.out.lines().map(|line| token_audit::Record::parse(line.as_bytes()).unwrap()).collect();
    assert_eq!(records.iter().map(|record| record.index).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(records[0].event.subject.as_deref(), Some("job-17"));
}

/// A subject comes from whoever asks for a token. It is shown as an actor is: nothing turns the text or drives the terminal, and
/// a token in it is masked.
#[test]
fn a_hostile_subject_is_shown_as_an_actor_is() {
    let folder = Folder::repository();
    let secret = token(1);
    let hostile = format!("a\u{202e}b\u{1b}[31m\nc\u{7}\u{2066}{secret}");
    let event = Event::new(Action::Created, "deploy");
    log_of(&folder, [event.clone().actor(hostile.clone()), event.subject(hostile)]);
    let open = folder.run(&["audit", "open", "audit", "--key", "audit.vkey"]).ends(0);
    assert!(!shows(&open.out, &secret), "{}", open.out);
    assert!(!open.out.contains(['\u{202e}', '\u{2066}', '\u{1b}', '\u{7}']), "{}", open.out);
    let lines = |name: &str| -> Vec<String> {
        let after = open.out.split(&format!("    {name}: ")).nth(1).unwrap();
        after.lines().take_while(|line| !line.contains("open for")).map(str::to_owned).collect()
    };
    let squeezed = |name| lines(name).concat().replace(' ', "");
    assert_eq!(squeezed("subject"), squeezed("actor"));
    let json =
        folder.run(&["audit", "open", "audit", "--key", "audit.vkey", "--format", "json"]).ends(0);
    assert!(!shows(&json.out, &secret), "{}", json.out);
    let texts: Vec<serde_json::Value> =
        json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(texts[0]["actor"], texts[1]["subject"]);
    assert!(texts[0]["actor"].is_string());
}

#[test]
fn a_proof_stands_alone() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    folder
        .run(&["audit", "prove", "audit", "2", "--key", "audit.vkey", "--out", "p.tlog-proof"])
        .ends(0);
    let proof: InclusionProof = folder.read("p.tlog-proof").parse().unwrap();
    let key: VerifyingKey = folder.read("audit.vkey").trim_end().parse().unwrap();
    assert!(proof.verify(&key).is_ok());
    let printed = folder.run(&["audit", "prove", "audit", "2", "--key", "audit.vkey"]).ends(0);
    assert_eq!(printed.out, folder.read("p.tlog-proof"));
    folder
        .run(&["audit", "prove", "audit", "2", "--key", "audit.vkey", "--out", "p.tlog-proof"])
        .ends(3);
    folder.run(&["audit", "prove", "audit", "4", "--key", "audit.vkey"]).ends(3);

    fs::rename(&log, folder.path().join("away")).unwrap();
    let checked = folder.run(&["audit", "verify", "p.tlog-proof", "--key", "audit.vkey"]).ends(0);
    assert!(checked.out.contains("\"event\":\"destroyed\""), "{}", checked.out);
    let wrong = folder.read("p.tlog-proof").replacen("index 2", "index 1", 1);
    folder.write("wrong.tlog-proof", wrong);
    folder.run(&["audit", "verify", "wrong.tlog-proof", "--key", "audit.vkey"]).ends(3);
}

#[test]
fn a_log_continues_an_older_checkpoint() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    fs::copy(log.join("checkpoint"), folder.path().join("old")).unwrap();
    let arguments = ["audit", "prove", "audit", "--from", "old", "--key", "audit.vkey"];
    let ran = folder.run(&arguments).ends(0);
    assert!(ran.out.starts_with("old 4\n"), "{}", ran.out);
    folder.run(&["audit", "verify", "audit", "--key", "audit.vkey", "--pinned", "old"]).ends(0);
    folder.write("old", "nonsense");
    folder.run(&arguments).ends(3);
    folder.run(&["audit", "verify", "audit", "--key", "audit.vkey", "--pinned", "old"]).ends(3);
    folder.run(&["audit", "verify", "audit", "--key", "audit.vkey", "--pinned", "none"]).ends(3);
    folder.run(&["audit", "prove", "audit", "--key", "audit.vkey"]).ends(2);
}

#[test]
fn a_changed_log_is_told_with_its_records() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    let entries =
        contents(&log).into_iter().find(|(path, _)| path.to_string_lossy().contains("entries"));
    let (path, bytes) = entries.unwrap();
    let text = String::from_utf8_lossy(&bytes).replacen("deploy-service", "deploy-servant", 1);
    fs::write(path, text.as_bytes()).unwrap();
    let ran = folder.run(&["audit", "verify", "audit", "--key", "audit.vkey"]).ends(1);
    assert!(ran.out.contains("error[log-edited]: record 0 was edited\n"), "{}", ran.out);
    let sarif = folder
        .run(&["audit", "verify", "audit", "--key", "audit.vkey", "--format", "sarif"])
        .ends(1);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "log-edited");
}

#[test]
fn keys_that_do_not_fit() {
    let folder = Folder::new();
    audit_log(&folder);
    let key = folder.read("audit.vkey");
    let other = SigningKey::generate("example.com/other").unwrap();
    folder.write("both", format!("# two logs\n{}\n\n{key}", other.verifying_key()));
    folder.run(&["audit", "verify", "audit", "--key", "both"]).ends(0);
    folder.write("other", other.verifying_key().to_string());
    folder.run(&["audit", "verify", "audit", "--key", "other"]).ends(3);
    folder.write("other", "# none\n");
    let empty = folder.run(&["audit", "verify", "audit", "--key", "other"]).ends(3);
    assert!(empty.err.contains("there is no key in this file"), "{}", empty.err);
    folder.run(&["audit", "verify", "none", "--key", "both"]).ends(3);
    folder.run(&["audit", "verify", "audit", "--key", "none"]).ends(3);
    folder.run(&["audit", "verify", "audit"]).ends(2);
}
