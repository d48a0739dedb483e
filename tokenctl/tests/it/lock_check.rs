//! `check --locked` and `lock --check`: each way in which a lock can differ from its policy.

use crate::support::{Folder, LATER, LOCKED, Ran, github, id, shows, token};

/// Runs both commands, which must agree. Returns what `lock --check` says.
#[track_caller]
fn checked(folder: &Folder, code: i32) -> Ran {
    let both = folder.run(&["check", "--locked"]).ends(code);
    let one = folder.run(&["lock", "--check"]).ends(code);
    if code == 1 {
        assert!(both.out.contains(&one.out), "{}\n{}", both.out, one.out);
    }
    folder.run(&["check"]).ends(0);
    one
}

#[track_caller]
fn finds(folder: &Folder, code: &str) -> Ran {
    let ran = checked(folder, 1);
    let told: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("error[")).collect();
    assert!(told.len() == 1 && told[0].starts_with(&format!("error[{code}]")), "{code}: {ran:?}");
    let json = folder.run(&["lock", "--check", "--format", "json"]).ends(1);
    let object: serde_json::Value = serde_json::from_str(json.out.trim_end()).unwrap();
    assert_eq!((&object["code"], &object["level"]), (&code.into(), &"deny".into()));
    folder.run(&["explain", code]).ends(0);
    ran
}

/// A lock with two tokens in one slot, and one in another.
fn rotated() -> Folder {
    let folder = Folder::locked();
    folder.lock(&[("ci", "production", 1, LATER), ("web", "staging", 3, LATER)]).ends(0);
    folder.lock(&[("ci", "production", 2, LATER)]).ends(0);
    checked(&folder, 0);
    folder
}

#[test]
fn each_problem_of_a_lock_that_was_edited_is_found() {
    let folder = rotated();
    let lock = folder.read("tokens.lock");
    let scopes = lock.split(" scopes=").nth(1).unwrap()[..64].to_owned();
    let later = "expires=2100-01-01T00:00:00Z";
    let oidc = lock.lines().find(|line| line.starts_with("current = \"scopes=")).unwrap();
    let listed = format!("current = \"id={} generation=1 {later} scopes=", id(9));
    for (code, from, to) in [
        ("lock-slot-missing", "[ci.staging]\n\n", String::new()),
        ("lock-slot-undeclared", "[web.staging]", "[web.staging]\n\n[zoo.staging]".to_owned()),
        ("lock-line-missing", &format!("{oidc}\n"), String::new()),
        ("lock-listed", "current = \"scopes=", listed),
        ("lock-scopes", &format!("scopes={scopes}"), format!("scopes={}", "0".repeat(64))),
        ("lock-generation", "generation=2", "generation=1".to_owned()),
        ("lock-never-expires", later, "expires=never".to_owned()),
        ("lock-expired", later, "expires=2000-01-01T00:00:00Z".to_owned()),
        ("lock-repeated-token", &id(3), id(1)),
    ] {
        assert!(lock.contains(from), "{code}");
        folder.write("tokens.lock", lock.replacen(from, &to, 1));
        finds(&folder, code);
    }
}

/// It comes by itself, so it stops nobody's change.
#[test]
fn a_token_that_was_to_be_ended_is_a_warning() {
    let folder = rotated();
    let previous = "generation=1 expires=2100-01-01T00:00:00Z";
    let overdue = format!("{previous} retire_after=2000-01-01T00:00:00Z");
    let lock = folder.read("tokens.lock");
    assert!(lock.contains(previous));
    folder.write("tokens.lock", lock.replacen(previous, &overdue, 1));
    let ran = checked(&folder, 0);
    assert!(ran.out.contains("warning[lock-overdue]") && ran.out.contains("--sweep"), "{ran:?}");
}

#[test]
fn each_problem_of_a_policy_that_was_edited_is_found() {
    let folder = rotated();
    let ephemeral = "environments = [\"production\"]\nephemeral    = true";
    for (code, from, to) in [
        ("lock-unlisted", "ephemeral    = true", "ephemeral    = false"),
        ("lock-policy", "max_lifetime = \"1h\"", "max_lifetime = \"2h\""),
        ("lock-slot-missing", ephemeral, "ephemeral    = true"),
        ("lock-slot-undeclared", "[tokens.web]", "[tokens.web]\nenvironments = [\"staging\"]"),
    ] {
        assert!(LOCKED.contains(from), "{code}");
        folder.write("tokens.toml", LOCKED.replacen(from, to, 1));
        finds(&folder, code);
    }
}

#[test]
fn what_an_environment_demands_is_found() {
    let folder = rotated();
    folder.write(
        "tokens.toml",
        LOCKED.replacen("production = {}", "production = { release = true }", 1),
    );
    let ran = checked(&folder, 1);
    assert_eq!(ran.out.matches("error[lock-source]").count(), 2, "{ran:?}");
    let source = format!("sha256:{}", "a".repeat(64));
    let image = format!("sha256:{}", "b".repeat(64));
    let bind = ["lock", "--environment", "production", "--source", &source, "--image", &image];
    folder.run(&bind).ends(0);
    checked(&folder, 0);
    let attested = "production = { assurance = \"platform-attested\" }";
    folder.write("tokens.toml", LOCKED.replacen("production = {}", attested, 1));
    let ran = checked(&folder, 1);
    assert_eq!(ran.out.matches("error[lock-assurance]").count(), 2, "{ran:?}");
}

#[test]
fn a_lock_is_there_if_and_only_if_the_policy_has_environments() {
    let folder = rotated();
    let lock = folder.read("tokens.lock");
    std::fs::remove_file(folder.path().join("tokens.lock")).unwrap();
    finds(&folder, "lock-missing");
    let bare = crate::support::POLICY;
    folder.write("tokens.toml", bare);
    checked(&folder, 0);
    folder.write("tokens.lock", lock);
    finds(&folder, "lock-unneeded");
}

#[test]
fn a_policy_edit_of_one_kind_touches_no_line_of_another() {
    let folder = rotated();
    let before = folder.read("tokens.lock");
    // Only how it is written changes: nothing differs.
    folder.write("tokens.toml", LOCKED.replace("owner        =", "owner ="));
    checked(&folder, 0);
    let (head, web) = LOCKED.split_once("[tokens.web]").unwrap();
    folder.write("tokens.toml", format!("{head}[tokens.web]{}", web.replace("90d", "60d")));
    let ran = checked(&folder, 1);
    assert!(ran.out.contains("slot `web.staging`") && !ran.out.contains("slot `ci"), "{ran:?}");
    folder.run(&["lock"]).ends(0);
    let after = folder.read("tokens.lock");
    let changed = before.lines().zip(after.lines()).filter(|(a, b)| a != b).count();
    assert_eq!((changed, before.lines().count()), (1, after.lines().count()));
}

#[test]
fn what_is_not_a_lock_is_a_finding_that_repeats_no_value() {
    let folder = rotated();
    let lock = folder.read("tokens.lock");
    let header = "[ci.production]\n";
    let image = |value: &str| {
        lock.replacen(" policy=", &format!(" image={value} assurance=asserted policy="), 1)
    };
    for (name, text) in [
        ("a slot twice", lock.replacen(header, &format!("{header}\n{header}"), 1)),
        ("a line twice", lock.replace("previous =", "current =")),
        ("a fact twice", lock.replacen("generation=2", "generation=2 generation=2", 1)),
        ("a tag", image("registry.example/swordfish:1.4")),
        ("a branch", lock.replacen(" policy=", " source=git:swordfish policy=", 1)),
        ("an unknown key", lock.replacen("previous =", "swordfish =", 1)),
        ("an unknown fact", lock.replacen("generation=2", "swordfish=2", 1)),
        (
            "a time of writing",
            lock.replacen("version = 1\n", "version = 1\nwritten = 2026-11-30\n", 1),
        ),
        (
            "a time of writing in a line",
            lock.replacen("generation=2", "generation=2 written=2026-11-30", 1),
        ),
        ("a comment", lock.replacen(header, &format!("# swordfish\n{header}"), 1)),
        (
            "another order",
            lock.replacen("generation=2 ", "", 1).replacen("\"\n", " generation=2\"\n", 1),
        ),
        ("another version", lock.replacen("version = 1", "version = 2", 1)),
        ("a conflict", lock.replacen(header, &format!("<<<<<<< swordfish\n{header}"), 1)),
        ("no TOML", lock.replacen("version = 1", "version = swordfish", 1)),
        ("nothing", String::new()),
    ] {
        folder.write("tokens.lock", text);
        let ran = finds(&folder, "lock-invalid");
        assert!(!ran.all().contains("swordfish"), "{name}: {ran:?}");
    }
    folder.write("tokens.lock", b"\xff");
    folder.run(&["check", "--locked"]).ends(3);
}

#[test]
fn a_token_in_a_lock_is_found_and_not_shown() {
    let folder = rotated();
    let lock = folder.read("tokens.lock");
    for secret in [token(5), github(5)] {
        for text in [
            lock.replacen("\"\n", &format!(" handle={secret}\"\n"), 1),
            lock.replacen("[ci.production]", &format!("[{secret}.production]"), 1),
            format!("{lock}# {secret}\n"),
        ] {
            folder.write("tokens.lock", text);
            let runs: [&[&str]; 6] = [
                &["check", "--locked"],
                &["lock", "--check", "--format", "json"],
                &["lock", "--check", "--format", "sarif"],
                &["lock"],
                &["lock", "verify", "--environment", "production", "--find", "true"],
                &["diff", "HEAD"],
            ];
            for (arguments, code) in runs.iter().zip([1, 1, 1, 3, 3, 0]) {
                let ran = folder.run(arguments).ends(code);
                assert!(!shows(&ran.all(), &secret), "{arguments:?}: {ran:?}");
            }
            folder.commit_all("leak");
            let ran = folder.run(&["lock", "log"]).ends(0);
            assert!(!shows(&ran.all(), &secret), "{ran:?}");
            folder.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
        }
    }
}

#[test]
fn a_scan_finds_nothing_in_a_lock() {
    let folder = rotated();
    let source = format!("git:{}", "0a1b2c3d4e5f60718293".repeat(2));
    let image = format!("sha256:{}", "0a1b2c3d4e5f6071".repeat(4));
    folder
        .run(&["lock", "--environment", "production", "--source", &source, "--image", &image])
        .ends(0);
    folder.run(&["scan", "--deny-warnings"]).ends(0);
}

#[test]
fn every_policy_here_and_below_has_its_own_lock() {
    let folder = rotated();
    folder.write("below/tokens.toml", LOCKED);
    let ran = folder.run(&["check", "--locked"]).ends(1);
    assert!(ran.out.replace("\n    ", " ").contains("below/tokens.lock is not there"), "{ran:?}");
    folder.run_in("below", &["lock"]).ends(0);
    folder.run(&["check", "--locked"]).ends(0);
    folder.run(&["check", "--locked", "tokens.toml"]).ends(0);
}
