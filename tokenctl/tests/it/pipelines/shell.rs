//! The script for any other system.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Arrival, DEFAULT, Event, arrivals, at, clone};
use crate::support::{Folder, Ran, ran, token};

const SCRIPT: &str = "ci/tokens.sh";

fn script(folder: &Folder, below: &str, arguments: &[&str]) -> Ran {
    let mut script = folder.command(folder.path().join(SCRIPT));
    ran(script.current_dir(folder.path().join(below)).args(arguments))
}

fn run(folder: &Folder, arrival: &Arrival) -> Ran {
    let default = format!("refs/remotes/origin/{DEFAULT}");
    match arrival.event {
        Event::Schedule => script(folder, "", &[""]),
        Event::Push if arrival.branch == DEFAULT => script(folder, "", &[&arrival.before]),
        Event::Push | Event::Tag => script(folder, "", &[&default]),
        _ if arrival.is_wider_accepted => script(folder, "", &["HEAD^1"]),
        _ => script(folder, "", &["--change", "HEAD^1"]),
    }
}

#[test]
fn each_change_is_judged_by_what_is_new() {
    arrivals(|folder, arrival, code, name| {
        let ran = run(folder, arrival);
        assert_eq!(ran.code, code, "{name}: {ran:?}");
    });
}

#[test]
fn every_check_runs_and_the_first_failure_counts() {
    let folder = clone();
    let base = at(&folder, "HEAD");
    folder.write("a.txt", token(1));
    super::widen(&folder);
    let ran = script(&folder, "ci", &["--change", &base]).ends(1);
    assert_eq!(ran.out.matches("\n== tokenctl ").count(), 3, "{ran:?}");
    assert!(ran.out.contains("`max_lifetime` is 8h, was 1h"), "{ran:?}");
    folder.write("tokens.toml", "version = 2\n");
    script(&folder, "", &[&base]).ends(3);
}

/// A variable that is not set must be no pass.
#[test]
fn without_a_base_or_the_program_there_is_no_answer() {
    let folder = clone();
    for arguments in [&[][..], &["--change"], &["HEAD", "HEAD"]] {
        let refused = script(&folder, "", arguments).ends(2);
        assert!(refused.err.contains("usage: ci/tokens.sh [--change] BASE"), "{refused:?}");
    }
    script(&folder, "", &["nonsense"]).ends(3);
    let mut without = folder.command(folder.path().join(SCRIPT));
    let refused = ran(without.arg("HEAD").env("PATH", "/usr/bin:/bin")).ends(3);
    assert!(refused.err.contains("tokenctl is not installed"), "{refused:?}");
}

#[test]
fn it_is_a_program_and_knows_a_policy_below_the_root() {
    let folder = Folder::repository();
    folder.write("it's/x", "");
    let said = folder.run_in("it's", &["init", "--ci", "shell"]).ends(0);
    assert_eq!(said.out, "wrote it's/tokens.toml\nwrote ci/tokens.sh\n");
    assert!(said.err.contains("Have your CI call ci/tokens.sh"), "{said:?}");
    let mode = fs::metadata(folder.path().join(SCRIPT)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    folder.commit_all("begin");
    super::add(&folder, "clean.txt");
    script(&folder, "", &["--change", "HEAD^"]).ends(0);
    let policy = folder.read("it's/tokens.toml");
    folder.write("it's/tokens.toml", policy.replace("\"1h\"", "\"8h\""));
    folder.commit_all("wider");
    script(&folder, "", &["--change", "HEAD^"]).ends(4);
}
