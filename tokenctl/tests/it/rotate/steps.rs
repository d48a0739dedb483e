//! What a step gets, how long it may take, and what becomes of it when the command dies.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::project::Project;

fn is_alive(pid: &str) -> bool {
    // A zombie does nothing more.
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim().starts_with('Z'))
}

#[track_caller]
fn dies(pid: &str) {
    let until = Instant::now() + Duration::from_secs(5);
    while is_alive(pid) {
        assert!(Instant::now() < until, "{pid} is alive");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_step_dies_with_the_command() {
    let project = Project::running();
    project.hook(
        "before",
        "[ $verb != create ] || { echo $$ >\"$STATE/pid\"; kill -9 $PPID; exec sleep 60; }",
    );
    let ran = project.rotate(&[]);
    assert_eq!(ran.code, None, "{ran:?}");
    dies(&fs::read_to_string(project.state("pid")).unwrap());
}

/// A step that starts after the death of the command does nothing: its parent is another one by then.
#[test]
fn a_step_whose_parent_is_gone_does_not_begin() {
    let project = Project::new();
    for parent in ["1", "999999", "-1", "0", "x", ""] {
        let ran = project.run(&["step", "--parent", parent, "--", "touch", "made"]);
        assert_ne!(ran.code, Some(0), "{parent}");
    }
    assert!(!project.folder.path().join("repository/made").exists());
}

#[test]
fn one_thread_runs_the_steps_and_neither_leaves_a_core_file() {
    let project = Project::running();
    project.hook(
        "before",
        "ls /proc/$PPID/task | wc -l >>\"$STATE/threads\"; grep 'Max core' /proc/$PPID/limits /proc/$$/limits >>\"$STATE/limits\"; \
         stat -c %U /proc/$PPID/mem >>\"$STATE/owners\"",
    );
    project.rotate(&[]).ends(0);
    let threads = fs::read_to_string(project.state("threads")).unwrap();
    assert!(
        threads.lines().count() >= 6 && threads.lines().all(|line| line.trim() == "1"),
        "{threads}"
    );
    let limits = fs::read_to_string(project.state("limits")).unwrap();
    for line in limits.lines() {
        let numbers: Vec<&str> = line.split_whitespace().rev().skip(1).take(2).collect();
        assert!(numbers.iter().all(|number| matches!(*number, "0" | "1")), "{line}");
    }
}

#[test]
fn a_step_that_takes_too_long_is_killed_with_all_that_it_started() {
    let project = Project::with(|policy| policy.replace("timeout = \"20s\"", "timeout = \"1s\""));
    project.hook("before", "[ $verb != create ] || { sleep 60 & echo $! >\"$STATE/pid\"; wait; }");
    let ran = project.rotate(&[]).ends(6);
    assert!(ran.err.contains("took longer than 1 s and was killed"), "{ran:?}");
    dies(&fs::read_to_string(project.state("pid")).unwrap());
}

#[test]
fn what_a_step_leaves_in_the_background_ends_with_it() {
    let project = Project::running();
    project
        .hook("after", "[ $verb != create ] || { sleep 60 >&- 2>&- & echo $! >\"$STATE/pid\"; }");
    project.rotate(&[]).ends(0);
    dies(&fs::read_to_string(project.state("pid")).unwrap());
}

#[test]
fn an_endless_output_is_cut_and_an_endless_speech_is_not_kept() {
    let project = Project::running();
    project.hook("before", "[ $verb != create ] || yes");
    let ran = project.rotate(&[]).ends(6);
    assert!(ran.err.contains("printed more than 1024 KiB"), "{ran:?}");
    project.hook("before", "[ $verb != create ] || head -c 3000000 /dev/zero | tr '\\0' 'a' >&2");
    project.rotate(&[]).ends(0);
    project.is_settled();
}

#[test]
fn a_step_gets_the_token_and_nothing_else_on_standard_input() {
    let project = Project::new();
    project.hook("before", "[ $verb != find ] || cat >\"$STATE/empty\"");
    project.rotate(&[]).ends(0);
    assert_eq!(fs::read(project.state("empty")).unwrap(), b"");
    assert_eq!(fs::read_to_string(project.state("consumer")).unwrap(), Project::token(1));
}

#[test]
fn a_step_that_never_reads_its_input_does_not_hold_the_run_up() {
    let project = Project::new();
    project.hook(
        "before",
        "[ $verb != set ] || { exec <&-; cp \"$STATE/live/key-1\" \"$STATE/consumer\"; exit 0; }",
    );
    project.rotate(&[]).ends(0);
    project.is_settled();
}

#[test]
fn a_program_that_is_gone_in_the_meantime_is_named() {
    let project = Project::with(|policy| {
        policy.replace("[\"./ci/step\", \"set\", \"{environment}\"]", "[\"./ci/set\"]")
    });
    let program = project.folder.path().join("repository/ci/set");
    fs::copy(project.folder.path().join("repository/ci/step"), &program).unwrap();
    project.hook("before", "rm -f ci/set");
    let ran = project.rotate(&[]).ends(6);
    assert!(ran.err.contains("`./ci/set` ended with exit status: 127"), "{ran:?}");
    assert!(ran.err.contains("not started: no such file"), "{ran:?}");
}

/// Values are arguments of a program, and no shell reads them.
#[test]
fn steps_run_in_the_folder_of_the_policy_with_their_values() {
    let project = Project::running();
    project.hook("before", "pwd >>\"$STATE/folders\"");
    project.rotate(&["--policy", "./tokens.toml"]).ends(0);
    let folders = fs::read_to_string(project.state("folders")).unwrap();
    let repository = project.folder.path().join("repository").canonicalize().unwrap();
    assert!(folders.lines().all(|line| line == repository.to_str().unwrap()), "{folders}");
    let calls = fs::read_to_string(project.state("calls")).unwrap();
    let create = calls.lines().find(|line| line.starts_with("create ")).unwrap();
    let attempt =
        create.strip_prefix("create registry-push.production registry-push.production.").unwrap();
    assert!(
        attempt.len() == 32 && attempt.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "{create}"
    );
}
