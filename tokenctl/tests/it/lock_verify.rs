//! `lock verify`: live and not locked, locked and not live, locked with other facts.

use token_audit::{Log, SigningKey};
use token_core::record::{Action, Event};
use token_core::{TokenId, UtcDateTime};
use token_issue::registry::Sqlite;
use token_issue::{Digest, Registry as _, Row};

use crate::support::{Folder, LATER, LOCKED, Ran, github, id, shows, token};

/// The end of the tokens of the tests: the year 2100.
const END: i64 = 4_102_444_800;

fn at(seconds: i64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(seconds).unwrap()
}

fn token_id(number: u8) -> TokenId {
    TokenId::from_bytes([number; 16])
}

/// A log of these events, closed.
fn log_of(folder: &Folder, events: impl IntoIterator<Item = Event>) {
    let key = SigningKey::generate("example.com/production").unwrap();
    folder.write("audit.vkey", format!("{}\n", key.verifying_key()));
    let directory = folder.path().join("audit");
    let _ = std::fs::remove_dir_all(&directory);
    let log = Log::open(directory, key).unwrap();
    for event in events {
        log.append(event).unwrap();
    }
    log.close().unwrap();
}

fn made(number: u8, kind: &'static str) -> Event {
    let event = Event::new(Action::Created, kind).token(token_id(number));
    event.scopes(["repo:read"]).expires_at(at(END))
}

const VERIFY: [&str; 4] = ["lock", "verify", "--environment", "production"];
const LOG: [&str; 4] = ["--log", "audit", "--key", "audit.vkey"];

/// Runs it, and returns the codes that were found, sorted, with what was said.
#[track_caller]
fn verify(folder: &Folder, more: &[&str]) -> (Vec<String>, Ran) {
    // JSON comes before `--find`, which takes all that follows.
    let ran = folder.run(&[&VERIFY[..], &["--format", "json"], more].concat());
    assert!(matches!(ran.code, 0 | 1), "{ran:?}");
    let objects = ran.out.lines().map(|line| {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["level"], "deny");
        object["code"].as_str().unwrap().to_owned()
    });
    let mut codes: Vec<String> = objects.collect();
    codes.sort();
    assert_eq!(ran.code, i32::from(!codes.is_empty()), "{ran:?}");
    (codes, ran)
}

/// A lock with `ci` 1 and 2, of which 2 is the current one.
fn locked() -> Folder {
    let folder = Folder::locked();
    let facts = |log: u8| format!("{LATER},\"log\":{log},\"handle\":\"key-{log}\"");
    let (first, second) = (facts(0), facts(1));
    folder.lock(&[("ci", "production", 1, &first), ("ci", "production", 2, &second)]).ends(0);
    folder
}

#[test]
fn a_lock_that_agrees_with_the_log_passes() {
    let folder = locked();
    let child = Event::new(Action::narrowed(Some(0)), "ci").token(token_id(9)).parent(token_id(1));
    let admitted = Event::new(Action::Admitted, "ci").token(token_id(1)).scopes(["repo:read"]);
    log_of(
        &folder,
        [
            made(1, "ci"),
            made(2, "ci"),
            made(3, "oidc"),
            made(4, "of-another-policy"),
            child.expires_at(at(END)),
            admitted.clone(),
            admitted,
            made(5, "ci").expires_at(at(1000)),
            made(6, "web"),
            Event::new(Action::revoked(Some(8)), "web").token(token_id(6)),
        ],
    );
    let (codes, ran) = verify(&folder, &LOG);
    assert_eq!(codes, [""; 0], "{ran:?}");
}

#[test]
fn what_the_log_has_and_the_lock_has_not_is_found_and_the_other_way_round() {
    let folder = locked();
    let held = Event::new(Action::Admitted, "web").token(token_id(7)).scopes(["repo:read"]);
    log_of(&folder, [made(1, "ci"), made(2, "ci"), held.clone(), held]);
    let (codes, ran) = verify(&folder, &LOG);
    assert_eq!(codes, ["lock-not-locked"], "{ran:?}");
    assert!(ran.out.contains(&id(7)) && ran.out.contains("slot `web.production`"), "{ran:?}");

    let closed = Event::new(Action::destroyed(Some(0)), "ci").token(token_id(1));
    log_of(&folder, [made(1, "ci"), made(2, "ci"), closed]);
    let (codes, ran) = verify(&folder, &LOG);
    assert_eq!(codes, ["lock-not-live"], "{ran:?}");
    assert!(ran.out.contains(&id(1)), "{ran:?}");

    // Its creation was closed: that a process still holds it does not matter.
    let closed = Event::new(Action::revoked(Some(0)), "ci").token(token_id(1));
    let held = Event::new(Action::Admitted, "ci").token(token_id(1)).scopes(["repo:read"]);
    log_of(&folder, [made(1, "ci"), made(2, "ci"), closed, held]);
    assert_eq!(verify(&folder, &LOG).0, ["lock-not-live"]);

    // That a process holds a token no more is not the token's end; that it was revoked is.
    folder.lock(&[("web", "production", 7, LATER)]).ends(0);
    let held = Event::new(Action::Admitted, "web").token(token_id(7));
    let of = |action| Event::new(action, "web").token(token_id(7));
    log_of(&folder, [made(1, "ci"), made(2, "ci"), held.clone(), of(Action::destroyed(Some(2)))]);
    assert_eq!(verify(&folder, &LOG).0, [""; 0]);
    log_of(&folder, [made(1, "ci"), made(2, "ci"), held.clone(), of(Action::revoked(Some(2)))]);
    assert_eq!(verify(&folder, &LOG).0, ["lock-not-live"]);
    log_of(&folder, [made(1, "ci"), made(2, "ci"), held, of(Action::rotated(Some(2), None))]);
    assert_eq!(verify(&folder, &LOG).0, [""; 0]);
}

#[test]
fn a_kind_that_has_no_slot_here_is_not_used_here() {
    let folder = Folder::repository();
    folder.write(
        "tokens.toml",
        LOCKED.replace("[\"production\"]\nephemeral    = true", "[\"staging\"]"),
    );
    folder.run(&["lock"]).ends(0);
    log_of(&folder, [made(1, "oidc")]);
    let (codes, ran) = verify(&folder, &LOG);
    assert_eq!(codes, ["lock-not-locked"], "{ran:?}");
    assert!(ran.out.contains("has no slot here"), "{ran:?}");
    let chosen = [&["--kind", "ci"][..], &LOG].concat();
    assert_eq!(verify(&folder, &chosen).0, [""; 0]);
}

#[test]
fn other_facts_are_found() {
    let cases: [(&str, [Event; 2]); 6] = [
        ("expires at 2099", [made(1, "ci"), made(2, "ci").expires_at(at(END - 86_400))]),
        ("carries other scopes", [made(1, "ci"), made(2, "ci").scopes(["repo:write"])]),
        ("record 1 of the log", [made(1, "ci"), made(3, "oidc")]),
        (
            "record 0 of the log",
            [Event::new(Action::overdue(None), "ci").token(token_id(1)), made(2, "ci")],
        ),
        ("record 1 of the log", [made(1, "ci"), made(2, "of-another-policy")]),
        ("of kind `web`", [made(1, "ci"), made(2, "web")]),
    ];
    for (says, events) in cases {
        let folder = locked();
        log_of(&folder, events);
        let (codes, ran) = verify(&folder, &LOG);
        assert!(codes.contains(&"lock-other-facts".to_owned()), "{says}: {ran:?}");
        assert!(codes.iter().all(|code| code == "lock-other-facts"), "{says}: {ran:?}");
        assert!(ran.out.contains(says), "{says}: {ran:?}");
    }
    // The record is about another token of the same kind.
    let folder = locked();
    log_of(&folder, [made(1, "ci"), made(3, "ci"), made(2, "ci")]);
    assert_eq!(verify(&folder, &LOG).0, ["lock-not-locked", "lock-other-facts"]);
    let folder = locked();
    log_of(&folder, [made(1, "ci")]);
    let (codes, ran) = verify(&folder, &LOG);
    assert_eq!(codes, ["lock-other-facts"], "the log ends before the record: {ran:?}");
    // A token may carry less than its kind.
    let less = LOCKED.replace("[scopes]\n", "[scopes]\n\"repo:write\" = \"Write\"\n");
    let less = less.replace(
        "scopes       = [\"repo:read\"]",
        "scopes       = [\"repo:read\", \"repo:write\"]",
    );
    folder.write("tokens.toml", less);
    folder.run(&["lock"]).ends(0);
    log_of(&folder, [made(1, "ci"), made(2, "ci")]);
    assert_eq!(verify(&folder, &LOG).0, [""; 0]);
    // But only if the line states what the kind carries.
    let lock = folder.read("tokens.lock");
    let scopes = lock.split(" scopes=").nth(1).unwrap()[..64].to_owned();
    folder.write("tokens.lock", lock.replace(&scopes, &"0".repeat(64)));
    log_of(&folder, [made(1, "ci"), made(2, "ci")]);
    assert_eq!(verify(&folder, &LOG).0, ["lock-other-facts"], "the previous line states less");
    folder.write("tokens.toml", LOCKED);
    folder.run(&["lock"]).ends(0);
    log_of(&folder, [made(1, "ci"), made(2, "ci").scopes(["repo:write"])]);
    assert_eq!(verify(&folder, &LOG).0, ["lock-other-facts"]);
}

fn mint(registry: &Sqlite, kind: &str, number: u8, expires: i64, scopes: &[&str]) {
    let mut row = Row::new(token_id(number), kind, at(100), at(expires));
    row.scopes = scopes.iter().map(ToString::to_string).collect();
    let inserted = registry.insert(Digest::from_bytes([number; 32]), row, at(100));
    pollster::block_on(inserted).unwrap().unwrap();
}

#[test]
fn the_registry_is_compared_too() {
    let folder = locked();
    let arguments = ["--registry", "tokens.db"];
    let registry = |name: &str| Sqlite::open(folder.path().join(name)).unwrap();
    let read = ["repo:read"];
    let first = registry("tokens.db");
    mint(&first, "ci", 1, END, &read);
    mint(&first, "ci", 2, END, &read);
    mint(&first, "oidc", 3, END, &read);
    mint(&first, "ci", 4, 200, &read);
    assert_eq!(verify(&folder, &arguments).0, [""; 0]);
    mint(&first, "web", 5, END, &read);
    let (codes, ran) = verify(&folder, &arguments);
    assert_eq!(codes, ["lock-not-locked"], "{ran:?}");
    pollster::block_on(first.revoke(token_id(2))).unwrap();
    assert_eq!(verify(&folder, &arguments).0, ["lock-not-live", "lock-not-locked"]);
    let chosen = ["--kind", "ci", "--registry", "tokens.db"];
    assert_eq!(verify(&folder, &chosen).0, ["lock-not-live"]);

    let other = registry("other.db");
    mint(&other, "ci", 1, END + 1, &read);
    let (codes, ran) = verify(&folder, &["--registry", "other.db"]);
    assert_eq!(codes, ["lock-not-live", "lock-other-facts"], "{ran:?}");
    assert!(ran.out.contains("the registry does not have it"), "{ran:?}");
    // Kinds without a format are somebody else's: that the registry does not know them says nothing.
    folder.lock(&[("web", "production", 8, LATER)]).ends(0);
    assert_eq!(verify(&folder, &["--kind", "web", "--registry", "other.db"]).0, [""; 0]);
    let wide = registry("wide.db");
    mint(&wide, "ci", 1, END, &["repo:read", "repo:admin"]);
    mint(&wide, "ci", 2, END, &read);
    assert_eq!(verify(&folder, &["--registry", "wide.db"]).0, ["lock-other-facts"]);
}

#[test]
fn an_issuer_is_asked_through_a_helper() {
    let folder = locked();
    let find = |json: &str| verify(&folder, &["--find", "printf", "%s", json]);
    assert_eq!(find("[\"key-0\",\"key-1\"]").0, [""; 0]);
    let (codes, ran) = find("[\"key-0\", \"key-9\"]");
    assert_eq!(codes, ["lock-not-live", "lock-not-locked"], "{ran:?}");
    assert!(ran.out.contains("`key-1`") && ran.out.contains("`key-9`"), "{ran:?}");
    assert_eq!(find("[]").0, ["lock-not-live"; 2]);
    // One on each line; nothing stands for none; in JSON also what some issuers count.
    assert_eq!(find("key-0\n  key-1\r\n\n").0, [""; 0]);
    assert_eq!(find("").0, ["lock-not-live"; 2]);
    let (codes, ran) = find("key-0\nkey-1\nswordfish");
    assert_eq!(codes, ["lock-not-locked"], "{ran:?}");
    let (codes, ran) = find("[\"key-0\", \"key-1\", 17]");
    assert_eq!(codes, ["lock-not-locked"], "{ran:?}");
    assert!(ran.out.contains("`17`"), "{ran:?}");
    folder.lock(&[("web", "production", 8, LATER)]).ends(0);
    let (codes, ran) = find("[\"key-0\",\"key-1\"]");
    assert_eq!(codes, [""; 0], "{ran:?}");
    assert!(ran.err.contains("1 token of the lock without a handle"), "{ran:?}");
    // Only the kinds that the issuer issues.
    let chosen = ["--kind", "web", "--find", "printf", "%s", "[]"];
    assert_eq!(verify(&folder, &chosen).0, [""; 0]);
}

#[test]
fn a_helper_is_run_without_a_shell_and_what_it_prints_is_not_repeated() {
    let folder = locked();
    let run = |more: &[&str], code: i32| folder.run(&[&VERIFY[..], more].concat()).ends(code);
    let secret = token(4);
    for printed in [
        secret.clone(),
        format!("[\"{secret}\"]"),
        format!("[\"{}\"]", github(4)),
        format!("[\"\\u0061{}\"]", &secret[1..]),
        format!("key-0\n{secret}\n"),
        "key-0\nsword fish-77\n".to_owned(),
        "\"swordfish-77\"".to_owned(),
        "{\"swordfish-77\":1}".to_owned(),
        "[\"sword fish-77\"]".to_owned(),
        "[[\"swordfish-77\"]]".to_owned(),
        "[-1]".to_owned(),
        "[\"key-0\"".to_owned(),
        "k".repeat(1 << 20) + "\n",
    ] {
        folder.write("answer.json", &printed);
        let ran = run(&["--find", "cat", "answer.json"], 3);
        assert!(!shows(&ran.all(), &secret) && !shows(&ran.all(), &github(4)), "{ran:?}");
        assert!(!ran.all().contains("fish-77"), "{ran:?}");
    }
    // What it says on standard error, and how it ends.
    let ran = run(&["--find", "sh", "-c", "echo swordfish-77 >&2; echo '[]'; exit 7"], 3);
    assert!(!ran.err.contains("swordfish") && ran.err.contains("exit status: 7"), "{ran:?}");
    let ran = run(&["--find", "echo [] $HOME"], 3);
    assert!(ran.err.contains("exit status: 127 and said `not"), "{ran:?}");
    run(&["--find"], 2);
    run(&["--timeout", "5"], 2);
    run(&[], 2);
    let begun = std::time::Instant::now();
    let ran = run(&["--timeout", "1", "--find", "sh", "-c", "echo '[]'; sleep 30"], 3);
    assert!(ran.err.contains("took longer than 1 s"), "{ran:?}");
    let ran = run(&["--timeout", "1", "--find", "sh", "-c", "exec >&-; exec sleep 30"], 3);
    assert!(ran.err.contains("took longer than 1 s"), "{ran:?}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(15));
}

#[test]
fn there_is_no_answer_without_a_lock_that_is_one_or_with_a_wrong_name() {
    let folder = locked();
    log_of(&folder, [made(1, "ci"), made(2, "ci")]);
    let run = |environment: &str, more: &[&str]| {
        folder.run(&[&["lock", "verify", "--environment", environment][..], more, &LOG].concat())
    };
    let near = run("prodution", &[]).ends(2);
    assert!(near.err.contains("did you mean `production`?"), "{near:?}");
    run("production", &["--kind", "oidc"]).ends(2);
    run("production", &["--kind", "nothing"]).ends(2);
    run("production", &["--policy", "none.toml"]).ends(3);
    folder.run(&["lock", "verify", "--log", "audit", "--key", "audit.vkey"]).ends(2);
    let lock = folder.read("tokens.lock");
    folder.write("tokens.lock", format!("{lock}#\n"));
    run("production", &[]).ends(3);
    // Without a lock every live token is one that is not locked.
    std::fs::remove_file(folder.path().join("tokens.lock")).unwrap();
    assert_eq!(verify(&folder, &LOG).0, ["lock-not-locked"; 2]);
}
