//! `lock`: what it writes, and what it takes for true.

use token_audit::{Log, SigningKey};
use token_core::record::{Action, Event};
use token_core::{TokenId, UtcDateTime};
use token_issue::registry::Sqlite;
use token_issue::{Digest, Registry as _, Row};

use crate::support::{Folder, LATER, LOCKED, github, id, shows, token};

/// The lines of the lock that begin so.
fn lines(folder: &Folder, slot: &str) -> Vec<String> {
    let lock = folder.read("tokens.lock");
    let (_, after) = lock.split_once(&format!("\n[{slot}]\n")).unwrap();
    after.lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn fact(line: &str, name: &str) -> String {
    let found = line.split([' ', '"']).find_map(|fact| fact.strip_prefix(&format!("{name}=")));
    found.unwrap_or("none").to_owned()
}

#[test]
fn each_declared_slot_is_written_and_a_second_run_changes_nothing() {
    let folder = Folder::repository();
    folder.write("tokens.toml", LOCKED);
    let ran = folder.run(&["lock"]).ends(0);
    assert_eq!(ran.err, "wrote tokens.lock\n");
    let lock = folder.read("tokens.lock");
    let headers: Vec<&str> = lock.lines().filter(|line| line.starts_with('[')).collect();
    let slots = ["[ci.production]", "[ci.staging]", "[oidc.production]", "[web.production]"];
    assert_eq!(headers, [&slots[..], &["[web.staging]"]].concat());
    assert!(lines(&folder, "oidc.production")[0].starts_with("current = \"scopes="));
    assert_eq!(lines(&folder, "ci.production"), [""; 0]);

    let path = folder.path().join("tokens.lock");
    let before = std::fs::metadata(&path).unwrap().modified().unwrap();
    let again = folder.run(&["lock"]).ends(0);
    assert_eq!((again.out.as_str(), again.err.as_str()), ("", "tokens.lock is as it was\n"));
    assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), before);

    // From a folder below, and with the line ends of Windows, it is the same file.
    folder.write("tokens.lock", lock.replace('\n', "\r\n"));
    folder.write("below/x", "");
    let below = folder.run_in("below", &["lock"]).ends(0);
    assert_eq!(below.err, "tokens.lock is as it was\n");
    assert!(folder.read("tokens.lock").contains("\r\n"));
}

#[test]
fn a_rotation_makes_the_old_token_the_previous_one() {
    let folder = Folder::locked();
    let facts = format!("{LATER},\"handle\":\"key-1\",\"log\":4");
    folder.lock(&[("ci", "production", 1, &facts)]).ends(0);
    let other = folder.read("tokens.lock");
    folder.lock(&[("ci", "production", 1, &facts)]).ends(0);
    assert_eq!(folder.read("tokens.lock"), other);

    let replaced = format!("{LATER},\"retire_after\":\"2099-01-01T00:00:00+01:00\"");
    let ran =
        folder.lock(&[("ci", "production", 1, &replaced), ("ci", "production", 2, LATER)]).ends(0);
    assert!(ran.out.contains("replaced: slot `ci.production`: token 010101010101 until 2098-"));
    let [current, previous] = &lines(&folder, "ci.production")[..] else { panic!("two lines") };
    assert!(current.starts_with(&format!("current = \"id={} generation=2 ", id(2))), "{current}");
    assert!(
        previous.starts_with(&format!("previous = \"id={} generation=1 ", id(1))),
        "{previous}"
    );
    assert_eq!(fact(previous, "retire_after"), "2098-12-31T23:00:00Z");
    assert_eq!((fact(previous, "log"), fact(previous, "handle")), ("4".into(), "key-1".into()));
    assert_eq!((fact(current, "log"), fact(current, "handle")), ("none".into(), "none".into()));

    // No line of another slot changes, and none goes by itself.
    let changed = folder.git(&["diff", "--unified=0", "tokens.lock"]);
    assert_eq!(changed.lines().filter(|line| line.starts_with("-current")).count(), 0);
    let third = folder.lock(&[("ci", "production", 3, LATER)]).ends(3);
    assert!(third.err.contains("3 tokens are live"), "{}", third.err);
    let joined = third.err.replace("\n       ", " ");
    for number in 1..=3 {
        assert!(joined.contains(&id(number)), "{}", third.err);
    }
    folder
        .lock(&[("ci", "production", 1, "\"ended\":true"), ("ci", "production", 3, LATER)])
        .ends(0);
    let [current, previous] = &lines(&folder, "ci.production")[..] else { panic!("two lines") };
    assert_eq!((fact(current, "id"), fact(current, "generation")), (id(3), "3".into()));
    assert_eq!((fact(previous, "id"), fact(previous, "generation")), (id(2), "2".into()));

    // If the newest one ends, the one before is the current one again.
    folder.lock(&[("ci", "production", 3, "\"ended\":true")]).ends(0);
    let [current] = &lines(&folder, "ci.production")[..] else { panic!("one line") };
    assert_eq!((fact(current, "id"), fact(current, "retire_after")), (id(2), "none".into()));
    // Also one that was to be ended.
    let soon = format!("{LATER},\"retire_after\":\"2099-01-01T00:00:00Z\"");
    let both = [("ci", "production", 2, soon.as_str()), ("ci", "production", 5, LATER)];
    folder.lock(&both).ends(0);
    assert_eq!(fact(&lines(&folder, "ci.production")[1], "retire_after"), "2099-01-01T00:00:00Z");
    folder.lock(&[("ci", "production", 5, "\"ended\":true")]).ends(0);
    let [current] = &lines(&folder, "ci.production")[..] else { panic!("one line") };
    assert_eq!((fact(current, "id"), fact(current, "retire_after")), (id(2), "none".into()));
    // A new one is counted on from the one that has just ended in the same run.
    folder
        .lock(&[("ci", "production", 2, "\"ended\":true"), ("ci", "production", 4, LATER)])
        .ends(0);
    assert_eq!(fact(&lines(&folder, "ci.production")[0], "generation"), "3");
}

#[test]
fn a_token_that_has_expired_loses_its_line() {
    let folder = Folder::locked();
    let soon = UtcDateTime::now() + time::Duration::milliseconds(1800);
    let soon = soon.format(&time::format_description::well_known::Rfc3339).unwrap();
    folder.lock(&[("web", "staging", 7, &format!("\"expires_at\":\"{soon}\""))]).ends(0);
    assert_eq!(lines(&folder, "web.staging").len(), 1);
    std::thread::sleep(std::time::Duration::from_millis(2000));
    folder.run(&["check", "--locked"]).ends(1);
    let ran = folder.run(&["lock"]).ends(0);
    assert!(ran.out.starts_with("ended: slot `web.staging`: token 070707070707\n"), "{}", ran.out);
    folder.run(&["check", "--locked"]).ends(0);
}

#[test]
fn generations_are_those_of_the_report_or_follow() {
    let folder = Folder::locked();
    // Also if the report has them in another order.
    let number = |generation: u8| format!("{LATER},\"generation\":{generation}");
    let (five, six) = (number(5), number(6));
    folder.lock(&[("ci", "staging", 6, &six), ("ci", "staging", 5, &five)]).ends(0);
    assert_eq!(fact(&lines(&folder, "ci.staging")[0], "id"), id(6));
    let wrong = folder.lock(&[("ci", "staging", 6, &number(7))]).ends(3);
    assert!(wrong.err.replace("\n       ", "").contains("generation than 6"), "{}", wrong.err);
    let taken = [("ci", "staging", 5, "\"ended\":true"), ("ci", "staging", 9, six.as_str())];
    folder.lock(&taken).ends(3);
    folder.lock(&[("ci", "staging", 5, "\"ended\":true"), ("ci", "staging", 9, LATER)]).ends(0);
    assert_eq!(fact(&lines(&folder, "ci.staging")[0], "generation"), "7");
}

#[test]
fn a_report_is_read_strictly_and_nothing_of_it_is_shown() {
    let folder = Folder::locked();
    let before = folder.read("tokens.lock");
    let secret = token(3);
    let with = |more: &str| format!("{LATER}{more}");
    for more in [
        with(&format!(",\"handle\":\"{secret}\"")),
        with(&format!(",\"handle\":\"{}\"", github(3))),
        with(&format!(",\"handle\":\"\\u0061{}\"", &secret[1..])),
        with(&format!(",\"token\":\"{secret}\"")),
        with(&format!(",\"{secret}\":1")),
        with(",\"note\":\"swordfish-77\""),
        with(",\"swordfish-77\":1"),
        with(",\"generation\":\"swordfish-77\""),
        with(",\"generation\":0"),
        with(",\"generation\":-1"),
        with(",\"log\":1,\"log\":2"),
        with(",\"handle\":\"sword fish-77\""),
        with(",\"handle\":\"\""),
        with(",\"ended\":true"),
        with(",\"retire_after\":\"swordfish-77\""),
        "\"expires_at\":\"swordfish-77\"".to_owned(),
        "\"expires_at\":1900000000".to_owned(),
        "\"expires_at\":\"2100-01-01\"".to_owned(),
        "\"generation\":1".to_owned(),
    ] {
        let ran = folder.lock(&[("ci", "production", 1, &more)]).ends(3);
        assert!(!shows(&ran.all(), &secret) && !shows(&ran.all(), &github(3)), "{ran:?}");
        assert!(!ran.all().contains("swordfish"), "{more}: {ran:?}");
    }
    for (kind, environment, says) in [
        ("nothing", "production", "declares no slot"),
        ("ci", "nowhere", "declares no slot"),
        ("oidc", "staging", "declares no slot"),
        ("oidc", "production", "is ephemeral"),
    ] {
        let ran = folder.lock(&[(kind, environment, 1, LATER)]).ends(3);
        assert!(ran.err.replace("\n       ", " ").contains(says), "{ran:?}");
    }
    let twice = [("ci", "production", 1, LATER), ("web", "staging", 1, LATER)];
    folder.lock(&twice).ends(3);
    for text in
        ["", "{}", "[]", "{\"tokens\":[]} x", "{\"tokens\":[],\"at\":1}", "{\"tokens\":[1]}"]
    {
        folder.write("r.json", text);
        folder.run(&["lock", "--report", "r.json"]).ends(3);
    }
    let odd = folder.path().join("id.json");
    let upper = crate::support::report(&[("ci", "production", 0xab, LATER)]);
    for id in [id(0xab).to_uppercase(), id(0xab)[1..].to_owned(), format!("{}é", &id(0xab)[2..])] {
        std::fs::write(&odd, upper.replace(&crate::support::id(0xab), &id)).unwrap();
        folder.run(&["lock", "--report", "id.json"]).ends(3);
    }
    folder.run(&["lock", "--report", "none.json"]).ends(3);
    let other = folder.path().join("one.json");
    std::fs::write(&other, crate::support::report(&[("ci", "production", 1, LATER)])).unwrap();
    folder.run(&["lock", "--environment", "staging", "--report", "one.json"]).ends(3);
    assert_eq!(folder.read("tokens.lock"), before);

    let mut piped = folder.command(crate::support::PROGRAM);
    piped.args(["lock", "--environment", "production", "--report", "-"]);
    let piped = piped.stdin(std::fs::File::open(other).unwrap());
    crate::support::ran(piped).ends(0);
    assert_eq!(fact(&lines(&folder, "ci.production")[0], "id"), id(1));
}

#[test]
fn a_source_binds_an_environment_and_another_one_forgets_the_image() {
    let folder = Folder::locked();
    folder.lock(&[("ci", "production", 1, LATER), ("ci", "staging", 2, LATER)]).ends(0);
    let source = |digit: &str| format!("git:{}", digit.repeat(40));
    let image = format!("sha256:{}", "c".repeat(64));
    let (a, b) = (source("a"), source("b"));
    let bind = |arguments: &[&str]| {
        folder.run(&[&["lock", "--environment", "production"][..], arguments].concat()).ends(0)
    };
    bind(&["--source", &a, "--image", &image]);
    let facts = |slot: &str| {
        let line = &lines(&folder, slot)[0];
        [fact(line, "source"), fact(line, "image"), fact(line, "assurance")]
    };
    let bound = [a.clone(), image.clone(), "asserted".to_owned()];
    assert_eq!(facts("ci.production"), bound);
    assert_eq!(facts("oidc.production"), bound);
    assert_eq!(facts("ci.staging"), ["none"; 3]);
    // A new line is bound to what the others of its environment are bound to, and a rotation keeps it.
    folder.lock(&[("web", "production", 3, LATER), ("ci", "production", 4, LATER)]).ends(0);
    assert_eq!((facts("web.production"), facts("ci.production")), (bound.clone(), bound.clone()));
    bind(&["--source", &a]);
    assert_eq!(facts("ci.production"), bound);
    bind(&["--source", &b]);
    assert_eq!(facts("ci.production"), [&b, "none", "none"]);
    let previous = &lines(&folder, "ci.production")[1];
    assert_eq!(fact(previous, "source"), a, "the old token belongs to the old source");
    folder.run(&["lock"]).ends(0);
    assert_eq!(fact(&lines(&folder, "ci.production")[1], "source"), a, "also in the next run");
    bind(&["--image", &image]);
    assert_eq!(facts("web.production"), [&b, &image, "asserted"]);

    // Where the others are bound to different things, nobody can say to what a new line is to be bound.
    let lock = folder.read("tokens.lock");
    let (head, ci) = lock.split_once("[oidc.production]").unwrap();
    folder.write("tokens.lock", format!("{head}[oidc.production]{}", ci.replacen(&b, &a, 1)));
    folder.lock(&[("web", "production", 3, "\"ended\":true")]).ends(0);
    folder.lock(&[("web", "production", 5, LATER)]).ends(0);
    assert_eq!(facts("web.production"), ["none"; 3]);
    for (arguments, code) in [
        (&["--source", "git:main"][..], 2),
        (&["--image", "registry.example/service:1.4"], 2),
        (&["--image", &a], 2),
        (&["--environment", "prodution", "--source", &a], 2),
    ] {
        let environment = ["lock", "--environment", "production"];
        let first = if arguments[0] == "--environment" { &environment[..1] } else { &environment };
        folder.run(&[first, arguments].concat()).ends(code);
    }
    folder.run(&["lock", "--source", &a]).ends(2);
    folder.run(&["lock", "--image", &image]).ends(2);
    folder.run(&["lock", "--check", "--environment", "production"]).ends(2);
}

#[test]
fn the_source_of_the_last_commit_is_the_one_that_is_built() {
    let folder = Folder::locked();
    let bind = ["lock", "--environment", "production", "--source", "auto"];
    let source = folder.run(&["source-id"]).ends(0).out;
    folder.run(&bind).ends(0);
    assert_eq!(fact(&lines(&folder, "oidc.production")[0], "source"), source.trim_end());
    // The lock that names a source does not change it.
    folder.commit_all("bound");
    assert_eq!(folder.run(&["source-id"]).ends(0).out, source);
    assert_eq!(folder.run(&bind).ends(0).err, "tokens.lock is as it was\n");
    folder.write("main.rs", "fn main() {}");
    let lock = folder.read("tokens.lock");
    let ran = folder.run(&bind).ends(3);
    assert!(ran.err.contains("main.rs") && ran.err.contains("the source has no name"), "{ran:?}");
    assert_eq!(folder.read("tokens.lock"), lock);
}

/// A log of production, written now: two creations of `ci`, one that is closed, and what a lock has no line for.
fn log(folder: &Folder) -> Log {
    let key = SigningKey::generate("example.com/production").unwrap();
    folder.write("audit.vkey", format!("{}\n", key.verifying_key()));
    let log = Log::open(folder.path().join("audit"), key).unwrap();
    let append = |event: Event| log.append(event).unwrap();
    let later = UtcDateTime::from_unix_timestamp(4_102_444_800).unwrap();
    let made = |number: u8, kind: &'static str| {
        let event = Event::new(Action::Created, kind).token(TokenId::from_bytes([number; 16]));
        event.scopes(["repo:read"]).expires_at(later)
    };
    append(made(1, "ci"));
    append(made(2, "ci"));
    append(made(3, "ci"));
    append(Event::new(Action::revoked(Some(1)), "ci").token(TokenId::from_bytes([2; 16])));
    append(made(4, "oidc"));
    append(made(5, "elsewhere"));
    let child = Event::new(Action::narrowed(Some(0)), "ci").token(TokenId::from_bytes([6; 16]));
    append(child.parent(TokenId::from_bytes([1; 16])).expires_at(later));
    append(Event::new(Action::Admitted, "web").token(TokenId::from_bytes([7; 16])));
    append(made(8, "web").token(None));
    log
}

const LOG: [&str; 7] =
    ["lock", "--environment", "production", "--log", "audit", "--key", "audit.vkey"];

#[test]
fn the_log_says_which_tokens_are_live() {
    let folder = Folder::locked();
    let log = log(&folder);
    log.close().unwrap();
    let ran = folder.run(&LOG).ends(0);
    let [current, previous] = &lines(&folder, "ci.production")[..] else { panic!("{ran:?}") };
    assert_eq!((fact(current, "id"), fact(current, "log")), (id(3), "2".into()));
    assert_eq!((fact(previous, "id"), fact(previous, "log")), (id(1), "0".into()));
    assert_eq!(fact(current, "expires"), "2100-01-01T00:00:00Z");
    let generations = [fact(previous, "generation"), fact(current, "generation")];
    assert_eq!(generations, ["1", "2"]);
    assert_eq!(lines(&folder, "ci.staging"), [""; 0]);
    assert_eq!(lines(&folder, "web.production"), [""; 0]);
    assert_eq!(fact(&lines(&folder, "oidc.production")[0], "id"), "none");
    let said = ran.err.replace("\n    ", " ");
    assert!(said.contains("1 token in the log left out: each was not made here"), "{said}");
    assert!(said.contains("1 token in the log left out: each could be guessed"), "{said}");
    let lock = folder.read("tokens.lock");
    folder.run(&LOG).ends(0);
    assert_eq!(folder.read("tokens.lock"), lock);
    folder.run(&["check", "--locked"]).ends(0);
    // An admitted token is locked once a report says when it expires. The log does not take it away.
    folder.lock(&[("web", "production", 7, LATER)]).ends(0);
    folder.run(&LOG).ends(0);
    assert_eq!(fact(&lines(&folder, "web.production")[0], "id"), id(7));
}

#[test]
fn a_lost_lock_is_made_again_in_the_order_of_the_log() {
    let folder = Folder::locked();
    log(&folder).close().unwrap();
    // The lock has only the older token; the newer one is found, and the other way round.
    for (number, expected) in [(1, ["1", "2"]), (3, ["1", "2"])] {
        folder.git(&["checkout", "--quiet", "--", "tokens.lock"]);
        folder.lock(&[("ci", "production", number, LATER)]).ends(0);
        folder.run(&LOG).ends(0);
        let [current, previous] = &lines(&folder, "ci.production")[..] else { panic!("two") };
        assert_eq!((fact(previous, "id"), fact(current, "id")), (id(1), id(3)));
        assert_eq!([fact(previous, "generation"), fact(current, "generation")], expected);
    }
    folder.git(&["checkout", "--quiet", "--", "tokens.lock"]);
    folder.lock(&[("ci", "production", 3, &format!("{LATER},\"generation\":7"))]).ends(0);
    folder.run(&LOG).ends(0);
    let numbers: Vec<String> =
        lines(&folder, "ci.production").iter().map(|line| fact(line, "generation")).collect();
    assert_eq!(numbers, ["7", "6"]);
    std::fs::remove_file(folder.path().join("tokens.lock")).unwrap();
    folder.run(&LOG).ends(0);
    assert_eq!(lines(&folder, "ci.production").len(), 2);
}

#[test]
fn what_the_log_ends_loses_its_line_and_three_live_tokens_are_refused() {
    let folder = Folder::locked();
    let writer = log(&folder);
    writer.checkpoint().unwrap();
    folder.run(&LOG).ends(0);
    let event = Event::new(Action::Created, "ci").token(TokenId::from_bytes([9; 16]));
    let event = event.expires_at(UtcDateTime::from_unix_timestamp(4_102_444_801).unwrap());
    writer.append(event).unwrap();
    writer.checkpoint().unwrap();
    let before = folder.read("tokens.lock");
    let three = folder.run(&LOG).ends(3);
    assert!(three.err.contains("3 tokens are live") && three.err.contains(&id(9)), "{three:?}");
    assert_eq!(folder.read("tokens.lock"), before);
    let old = TokenId::from_bytes([1; 16]);
    writer.append(Event::new(Action::destroyed(Some(0)), "ci").token(old)).unwrap();
    writer.close().unwrap();
    folder.run(&LOG).ends(0);
    let ids: Vec<String> =
        lines(&folder, "ci.production").iter().map(|line| fact(line, "id")).collect();
    assert_eq!(ids, [id(9), id(3)]);
}

#[test]
fn a_creation_without_an_end_is_not_guessed() {
    let folder = Folder::locked();
    let key = SigningKey::generate("example.com/production").unwrap();
    folder.write("audit.vkey", format!("{}\n", key.verifying_key()));
    let log = Log::open(folder.path().join("audit"), key).unwrap();
    let made = Event::new(Action::Created, "ci").token(TokenId::from_bytes([1; 16]));
    log.append(made).unwrap();
    log.close().unwrap();
    let ran = folder.run(&LOG).ends(3);
    assert!(ran.err.contains("nothing says when the token") && ran.err.contains(&id(1)), "{ran:?}");
    folder.write("r.json", crate::support::report(&[("ci", "production", 1, LATER)]));
    folder.run(&[&LOG[..], &["--report", "r.json"]].concat()).ends(0);
    assert_eq!(fact(&lines(&folder, "ci.production")[0], "log"), "0");
    // Two that say different things of one token are both refused.
    let other = LATER.replace("2100", "2099");
    folder.write(
        "r.json",
        crate::support::report(&[("ci", "production", 1, &format!("{LATER},\"log\":5"))]),
    );
    let two = folder.run(&[&LOG[..], &["--report", "r.json"]].concat()).ends(3);
    assert!(two.err.contains("two indexes"), "{two:?}");
    folder.lock(&[("ci", "production", 1, &other)]).ends(0);
    assert_eq!(fact(&lines(&folder, "ci.production")[0], "expires"), "2099-01-01T00:00:00Z");
    let web = crate::support::report(&[("web", "production", 1, LATER)]);
    folder.write("r.json", web);
    let two = folder.run(&[&LOG[..], &["--report", "r.json"]].concat()).ends(3);
    assert!(two.err.contains("two slots"), "{two:?}");
}

#[test]
fn a_token_that_is_on_record_twice_has_its_first_index_and_one_end() {
    let folder = Folder::locked();
    let key = SigningKey::generate("example.com/production").unwrap();
    folder.write("audit.vkey", format!("{}\n", key.verifying_key()));
    let log = Log::open(folder.path().join("audit"), key).unwrap();
    let later = UtcDateTime::from_unix_timestamp(4_102_444_800).unwrap();
    let made = Event::new(Action::Created, "ci").token(TokenId::from_bytes([1; 16]));
    let child = made.clone().token(TokenId::from_bytes([2; 16]));
    log.append(made.clone().expires_at(later)).unwrap();
    log.append(made.expires_at(later)).unwrap();
    log.append(child.parent(TokenId::from_bytes([1; 16])).expires_at(later)).unwrap();
    log.close().unwrap();
    folder.run(&LOG).ends(0);
    let [current] = &lines(&folder, "ci.production")[..] else { panic!("one line") };
    assert_eq!((fact(current, "id"), fact(current, "log")), (id(1), "0".into()));
    let other = format!("{},\"handle\":\"a\"", LATER.replace("2100", "2099"));
    folder.write("r.json", crate::support::report(&[("ci", "production", 1, &other)]));
    let two = folder.run(&[&LOG[..], &["--report", "r.json"]].concat()).ends(3);
    assert!(two.err.contains("two times"), "{two:?}");
}

/// Puts a token into a registry. `expires` is in seconds since 1970.
fn mint(registry: &Sqlite, kind: &str, number: u8, minted: i64, expires: i64) -> Row {
    let [minted, expires] =
        [minted, expires].map(|it| UtcDateTime::from_unix_timestamp(it).unwrap());
    let mut row = Row::new(TokenId::from_bytes([number; 16]), kind, minted, expires);
    row.scopes = vec!["repo:read".to_owned()];
    let inserted = registry.insert(Digest::from_bytes([number; 32]), row.clone(), minted);
    pollster::block_on(inserted).unwrap().unwrap();
    row
}

#[test]
fn the_registry_says_which_tokens_are_live() {
    let folder = Folder::locked();
    let registry = Sqlite::open(folder.path().join("tokens.db")).unwrap();
    let later = 4_102_444_800;
    mint(&registry, "ci", 2, 200, later);
    mint(&registry, "ci", 1, 100, later);
    mint(&registry, "ci", 3, 300, 400);
    mint(&registry, "ci", 4, 400, later);
    pollster::block_on(registry.revoke(TokenId::from_bytes([4; 16]))).unwrap();
    mint(&registry, "oidc", 5, 500, later);
    mint(&registry, "elsewhere", 6, 600, later);
    let mut child = mint(&registry, "web", 7, 700, later);
    child.token = TokenId::from_bytes([8; 16]);
    (child.parent, child.depth) = (Some(TokenId::from_bytes([7; 16])), 1);
    let at = UtcDateTime::from_unix_timestamp(700).unwrap();
    let inserted = registry.insert(Digest::from_bytes([8; 32]), child, at);
    pollster::block_on(inserted).unwrap().unwrap();

    let arguments = ["lock", "--environment", "staging", "--registry", "tokens.db"];
    folder.run(&arguments).ends(0);
    let ids = |slot: &str| -> Vec<String> {
        lines(&folder, slot).iter().map(|line| fact(line, "id")).collect()
    };
    assert_eq!(ids("ci.staging"), [id(2), id(1)]);
    assert_eq!(ids("web.staging"), [id(7)]);
    assert_eq!(ids("ci.production"), [""; 0]);
    let lock = folder.read("tokens.lock");
    assert_eq!(folder.run(&arguments).ends(0).err, "tokens.lock is as it was\n");
    // A revocation ends a line; a token that the registry does not know keeps it.
    pollster::block_on(registry.revoke(TokenId::from_bytes([1; 16]))).unwrap();
    folder.lock(&[("web", "staging", 9, LATER)]).ends(0);
    folder.run(&arguments).ends(0);
    assert_eq!((ids("ci.staging"), ids("web.staging")), (vec![id(2)], vec![id(9), id(7)]));
    assert_ne!(folder.read("tokens.lock"), lock);

    folder.run(&["lock", "--registry", "tokens.db"]).ends(2);
    folder.run(&["lock", "--environment", "staging", "--registry", "none.db"]).ends(3);
    assert!(!folder.path().join("none.db").exists());
    folder.run(&["lock", "--environment", "staging", "--registry", "tokens.toml"]).ends(3);
}

#[test]
fn the_policy_must_have_environments_and_no_mistake() {
    let folder = Folder::repository();
    folder.write("tokens.toml", crate::support::POLICY);
    let none = folder.run(&["lock"]).ends(3);
    assert!(none.err.contains("the policy declares no environment"), "{none:?}");
    folder.write("tokens.toml", LOCKED.replace("scopes       =", "scpoes       ="));
    folder.run(&["lock"]).ends(3);
    assert!(!folder.path().join("tokens.lock").exists());
    folder.write("other/rules.toml", LOCKED);
    folder.run(&["lock", "--policy", "other/rules.toml"]).ends(0);
    assert!(folder.path().join("other/tokens.lock").exists());
}

/// Whoever may write into the repository must not have the command write, or read, somewhere else.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let folder = Folder::repository();
    folder.write("tokens.toml", LOCKED);
    folder.write("elsewhere", "as it was");
    std::os::unix::fs::symlink("elsewhere", folder.path().join("tokens.lock")).unwrap();
    let ran = folder.run(&["lock"]).ends(3);
    assert!(ran.err.contains("this is a link"), "{ran:?}");
    folder.run(&["check", "--locked"]).ends(3);
    assert_eq!(folder.read("elsewhere"), "as it was");
}

#[test]
fn a_lock_that_is_written_in_another_way_is_put_right_and_a_conflict_is_not() {
    let folder = Folder::locked();
    let lock = folder.read("tokens.lock");
    folder.write("tokens.lock", format!("# mine\n{lock}\n\n"));
    folder.run(&["check", "--locked"]).ends(1);
    folder.run(&["lock"]).ends(0);
    assert_eq!(folder.read("tokens.lock"), lock);
    let head = "[ci.production]\n";
    folder.write("tokens.lock", lock.replace(head, &format!("<<<<<<< a\n{head}")));
    let ran = folder.run(&["lock"]).ends(3);
    assert!(ran.err.contains("git left a conflict"), "{ran:?}");
}
