//! Two branches that change one lock, merged by git.

use crate::support::{Folder, LATER, id, ran};

/// Rotates tokens on two branches that begin at the same commit. Returns whether git merges them.
fn merge(folder: &Folder, ours: (&str, &str, u8), theirs: (&str, &str, u8)) -> bool {
    for (branch, (kind, environment, number)) in [("ours", ours), ("theirs", theirs)] {
        folder.git(&["switch", "--quiet", "--create", branch, "main"]);
        folder.lock(&[(kind, environment, number, LATER)]).ends(0);
        folder.commit_all(branch);
    }
    folder.git(&["switch", "--quiet", "ours"]);
    let mut git = folder.command("git");
    let merged = ran(git.args(["merge", "--quiet", "--no-edit", "theirs"]));
    merged.code == 0
}

fn with_tokens() -> Folder {
    let folder = Folder::locked();
    let tokens = [("ci", "production", 1), ("ci", "staging", 2), ("web", "production", 3)];
    for (kind, environment, number) in tokens {
        folder.lock(&[(kind, environment, number, LATER)]).ends(0);
    }
    folder.commit_all("tokens");
    folder
}

#[test]
fn rotations_of_different_slots_merge_and_pass() {
    for theirs in [("ci", "staging"), ("web", "production"), ("web", "staging")] {
        let folder = with_tokens();
        assert!(merge(&folder, ("ci", "production", 11), (theirs.0, theirs.1, 12)), "{theirs:?}");
        folder.run(&["check", "--locked"]).ends(0);
        let lock = folder.read("tokens.lock");
        assert!(lock.contains(&id(11)) && lock.contains(&id(12)), "{lock}");
        // What is merged is what `lock` writes.
        assert_eq!(folder.run(&["lock"]).ends(0).err, "tokens.lock is as it was\n");
        // The merge itself changes nothing that its branches did not.
        let log = folder.run(&["lock", "log"]).ends(0);
        assert!(!log.out.contains("Merge branch"), "{}", log.out);
        assert!(log.out.contains("  ours\n") && log.out.contains("  theirs\n"), "{}", log.out);
    }
}

#[test]
fn two_rotations_of_one_slot_are_never_merged_silently() {
    for slot in [("ci", "production"), ("web", "staging")] {
        let folder = with_tokens();
        assert!(!merge(&folder, (slot.0, slot.1, 11), (slot.0, slot.1, 12)), "{slot:?}");
        let ran = folder.run(&["check", "--locked"]).ends(1);
        assert!(ran.out.contains("error[lock-invalid]") && ran.out.contains("conflict"), "{ran:?}");
        // Who keeps the lines of both sides is refused too.
        let lock = folder.read("tokens.lock");
        let kept = lock.lines().filter(|line| !line.starts_with(['<', '=', '>']));
        folder.write("tokens.lock", kept.map(|line| format!("{line}\n")).collect::<String>());
        let ran = folder.run(&["check", "--locked"]).ends(1);
        assert!(ran.out.contains("there twice"), "{ran:?}");
    }
}

#[test]
fn a_merge_tells_what_it_makes_live_and_what_it_ends() {
    let folder = with_tokens();
    folder.git(&["switch", "--quiet", "--create", "rotation"]);
    let ended = "\"ended\":true";
    folder.lock(&[("ci", "production", 5, LATER), ("ci", "staging", 2, ended)]).ends(0);
    folder.commit_all("rotation");
    let ran = folder.run(&["diff", "main", "rotation"]).ends(0);
    let expected = [
        "replaced: slot `ci.production`: token 010101010101\n",
        "live: slot `ci.production`: token 050505050505,",
        "ended: slot `ci.staging`: token 020202020202\n",
        "\nequal: rotation:tokens.toml permits the same as main:tokens.toml\n",
    ];
    for line in expected {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert_eq!(ran.out.lines().filter(|line| line.contains("slot `")).count(), 3, "{}", ran.out);
    let json = folder.run(&["diff", "main", "rotation", "--format", "json"]).ends(0);
    let object: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let codes: Vec<_> = object["facts"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["lock-replaced", "lock-live", "lock-ended"]);
    assert_eq!(
        (&object["facts"][1]["file"], &object["verdict"]),
        (&"tokens.lock".into(), &"equal".into())
    );
    let sarif = folder.run(&["diff", "main", "rotation", "--format", "sarif"]).ends(0);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 3);

    // The facts of the policy come first, and the lock has no say in the verdict.
    let wider = folder.read("tokens.toml").replace("\"90d\"", "\"91d\"");
    folder.write("tokens.toml", wider);
    let ran = folder.run(&["diff", "main"]).ends(4);
    let (policy, lock) =
        (ran.out.find("wider: kind").unwrap(), ran.out.find("live: slot").unwrap());
    assert!(policy < lock, "{}", ran.out);
    // Where there is no lock no token is live; one with a mistake is told, and holds nothing up.
    std::fs::remove_file(folder.path().join("tokens.lock")).unwrap();
    let gone = folder.run(&["diff", "main"]).ends(4);
    assert!(gone.out.contains("ended: slot `web.production`: token 030303030303"), "{}", gone.out);
    folder.write("tokens.lock", "version = 7\n");
    let wrong = folder.run(&["diff", "main"]).ends(4);
    assert!(wrong.err.contains("the locks are not compared"), "{}", wrong.err);
    assert!(!wrong.out.contains("slot `"), "{}", wrong.out);
}

#[test]
fn the_lock_of_a_policy_in_a_folder_is_compared_with_its_own() {
    let folder = with_tokens();
    folder.write("a/tokens.toml", crate::support::LOCKED);
    folder.run_in("a", &["lock"]).ends(0);
    folder.commit_all("a");
    folder.write("r.json", crate::support::report(&[("web", "staging", 9, LATER)]));
    folder.run_in("a", &["lock", "--report", "../r.json"]).ends(0);
    for arguments in [
        &["diff", "HEAD:a/tokens.toml", "./a/tokens.toml"][..],
        &["diff", "HEAD:a/tokens.toml", "a/tokens.toml"],
    ] {
        let ran = folder.run(arguments).ends(0);
        assert!(ran.out.starts_with("live: slot `web.staging`: token 090909090909"), "{}", ran.out);
    }
    let below = folder.run_in("a", &["diff", "HEAD:./tokens.toml"]).ends(0);
    assert!(below.out.starts_with("live: slot `web.staging`"), "{}", below.out);
    assert!(!folder.run(&["diff"]).ends(0).out.contains("slot `"));
}
