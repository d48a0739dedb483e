//! `lock log`: the history of the slots, as git has it.

use crate::support::{Folder, LATER, id, ran, shows, token};

/// A lock with two rotations of `ci.production` and one token of `web.staging`.
fn rotated() -> Folder {
    let folder = Folder::locked();
    folder.lock(&[("ci", "production", 1, &format!("{LATER},\"log\":17"))]).ends(0);
    folder.commit_all("The first token");
    folder.write("other.txt", "nothing of the lock");
    folder.commit_all("Something else");
    folder.lock(&[("ci", "production", 2, LATER), ("web", "staging", 3, LATER)]).ends(0);
    folder.commit_all("Rotate ci, and a token for the shop");
    folder
}

#[test]
fn each_change_is_told_with_who_why_and_the_index() {
    let folder = rotated();
    let ran = folder.run(&["lock", "log"]).ends(0);
    let subjects: Vec<&str> =
        ran.out.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")).collect();
    assert_eq!(
        subjects,
        ["  Rotate ci, and a token for the shop", "  The first token", "  the lock"]
    );
    assert_eq!(ran.out.matches(" a <a@b>\n").count(), 3, "{}", ran.out);
    let commit = folder.git(&["rev-parse", "HEAD"]);
    assert!(ran.out.starts_with(&format!("{} 20", &commit[..12])), "{}", ran.out);
    assert!(
        ran.out.contains("    replaced: slot `ci.production`: token 010101010101, log 17\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("    live: slot `web.staging`: token 030303030303,"), "{}", ran.out);

    let json = folder.run(&["lock", "log", "--format", "json"]).ends(0);
    let objects: Vec<serde_json::Value> =
        json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| objects.iter().map(|it| it[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("effect"), ["replaced", "live", "live", "live", "live"]);
    assert_eq!(objects[0]["log"], 17);
    assert_eq!(objects[3]["log"], 17);
    assert_eq!(
        (&objects[1]["token"], &objects[1]["log"]),
        (&id(2).into(), &serde_json::Value::Null)
    );
    assert_eq!(
        (&objects[2]["kind"], &objects[2]["environment"]),
        (&"web".into(), &"staging".into())
    );
    assert_eq!(objects[0]["commit"], commit.trim_end());
}

#[test]
fn a_kind_and_an_environment_can_be_chosen() {
    let folder = rotated();
    let slots = |arguments: &[&str]| {
        let ran = folder.run(&[&["lock", "log"][..], arguments].concat()).ends(0);
        let lines = ran.out.lines().filter(|line| line.contains("slot `")).count();
        (lines, ran.out.matches(" a <a@b>").count())
    };
    assert_eq!(slots(&[]), (5, 3));
    assert_eq!(slots(&["--kind", "ci"]), (3, 2));
    assert_eq!(slots(&["--environment", "staging"]), (1, 1));
    assert_eq!(slots(&["--kind", "ci", "--environment", "staging"]), (0, 0));
}

#[test]
fn a_version_that_is_no_lock_is_told_and_passed_over() {
    let folder = rotated();
    let lock = folder.read("tokens.lock");
    folder.write("tokens.lock", lock.replace("version = 1", "version = 2"));
    folder.commit_all("A mistake");
    folder.write("tokens.lock", "nothing");
    folder.commit_all("A worse one");
    folder.write("tokens.lock", &lock);
    folder.lock(&[("web", "production", 4, LATER)]).ends(0);
    folder.commit_all("Correct it");
    let ran = folder.run(&["lock", "log"]).ends(0);
    assert_eq!(ran.err.matches("was passed over").count(), 2, "{}", ran.err);
    // The correction is compared with the last lock that was one.
    let first = ran.out.split("\n\n").next().unwrap();
    assert!(
        first.contains("Correct it") && first.contains("live: slot `web.production`"),
        "{first}"
    );
    assert_eq!(first.matches("slot `").count(), 1, "{first}");
    folder.git(&["rm", "--quiet", "tokens.lock"]);
    folder.git(&["commit", "--quiet", "--message", "Gone"]);
    let gone = folder.run(&["lock", "log"]).ends(0);
    assert!(gone.out.contains("  Gone\n    ended: slot `ci.production`"), "{}", gone.out);
}

#[test]
fn a_merge_is_told_only_for_what_it_changed_itself() {
    let folder = rotated();
    folder.git(&["switch", "--quiet", "--create", "side"]);
    folder.lock(&[("web", "production", 5, LATER)]).ends(0);
    folder.commit_all("side");
    folder.git(&["switch", "--quiet", "main"]);
    folder.lock(&[("ci", "staging", 6, LATER)]).ends(0);
    folder.commit_all("main");
    folder.git(&["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
    folder.lock(&[("web", "staging", 7, LATER)]).ends(0);
    folder.commit_all("An evil merge");
    let ran = folder.run(&["lock", "log"]).ends(0);
    let merge = ran.out.split("\n\n").find(|part| part.contains("An evil merge")).unwrap();
    assert!(merge.contains("live: slot `web.staging`: token 070707070707"), "{merge}");
    assert!(!merge.contains("ci.staging") && !merge.contains("web.production"), "{merge}");
    for (subject, slot) in [("side", "web.production"), ("main", "ci.staging")] {
        let part = ran.out.split("\n\n").find(|part| part.contains(&format!("  {subject}\n")));
        assert!(part.unwrap().contains(slot), "{}", ran.out);
    }
    // The side that a merge throws away is a part of the history too.
    folder.git(&["switch", "--quiet", "--create", "lost", "HEAD~1"]);
    folder.lock(&[("web", "production", 8, LATER)]).ends(0);
    folder.commit_all("a lost rotation");
    folder.git(&["switch", "--quiet", "main"]);
    folder.git(&["merge", "--quiet", "--no-edit", "--strategy=ours", "lost"]);
    let ran = folder.run(&["lock", "log"]).ends(0);
    assert!(ran.out.contains("  a lost rotation\n    live: slot `web.production`"), "{}", ran.out);
}

#[test]
fn what_a_commit_says_cannot_hurt() {
    let folder = rotated();
    let secret = token(9);
    folder.lock(&[("web", "production", 5, LATER)]).ends(0);
    folder.git(&["add", "--all"]);
    let mut git = folder.command("git");
    git.env("GIT_AUTHOR_NAME", "a\u{1b}[31m\u{202e}b\nc");
    git.env("GIT_AUTHOR_EMAIL", "x\u{7}@y");
    let subject = format!("x\u{1b}]0;t\u{7} \u{2066}{secret} \u{0}end").replace('\0', "");
    ran(git.args(["commit", "--quiet", "--message", &subject])).ends(0);
    for format in ["text", "json"] {
        let ran = folder.run(&["lock", "log", "--format", format]).ends(0);
        assert!(!ran.out.contains(['\u{1b}', '\u{202e}', '\u{2066}', '\u{7}']), "{}", ran.out);
        assert!(!shows(&ran.out, &secret), "{}", ran.out);
        assert!(ran.out.contains("end"), "{}", ran.out);
    }
}

#[test]
fn settings_of_a_user_do_not_change_the_history() {
    let folder = rotated();
    let before = folder.run(&["lock", "log"]).ends(0);
    for (name, value) in [
        ("log.follow", "true"),
        ("log.showSignature", "true"),
        ("diff.renames", "copies"),
        ("i18n.logOutputEncoding", "latin1"),
        ("color.ui", "always"),
        ("format.pretty", "oneline"),
        ("log.diffMerges", "off"),
        ("diff.noprefix", "true"),
        ("log.date", "relative"),
    ] {
        folder.git(&["config", name, value]);
    }
    assert_eq!(folder.run(&["lock", "log"]).ends(0).out, before.out);
    let below = folder.path().join("below");
    std::fs::create_dir(&below).unwrap();
    assert_eq!(folder.run_in("below", &["lock", "log"]).ends(0).out, before.out);
}

#[test]
fn a_history_that_is_cut_off_is_told_and_one_that_is_empty_too() {
    let folder = rotated();
    let shallow = Folder::new();
    let from = format!("file://{}", folder.path().display());
    shallow.git(&["clone", "--quiet", "--depth=1", &from, "clone"]);
    let ran = shallow.run_in("clone", &["lock", "log"]).ends(0);
    assert!(ran.err.contains("the clone is shallow"), "{}", ran.err);
    let empty = Folder::repository();
    empty.write("tokens.toml", crate::support::LOCKED);
    let ran = empty.run(&["lock", "log"]).ends(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", "no commit has changed tokens.lock\n"));
    let none = Folder::new();
    none.write("tokens.toml", crate::support::LOCKED);
    none.run(&["lock", "log"]).ends(3);
}
