//! In which order the steps run, and what a run does after one that failed or was killed at any of them.

use std::time::{Duration, Instant};

use super::project::Project;

/// So that tests do not wait.
const AT_ONCE: &[&str] = &["--because", "a test"];

const STEPS: [&str; 5] = ["find", "create", "set", "test", "retire"];

#[test]
fn the_first_rotation_creates_sets_tests_and_locks() {
    let project = Project::new();
    let ran = project.rotate(&[]).ends(0);
    assert_eq!(project.called(), ["find", "create", "set", "test", "find"], "{ran:?}");
    project.is_settled();
    let line = project.line("current").unwrap();
    assert!(line.contains("generation=1") && line.contains("handle=key-1"), "{line}");
    assert!(ran.out.starts_with("registry-push.production: generation 1 is current"), "{ran:?}");
}

#[test]
fn the_next_one_ends_the_old_token_after_the_overlap() {
    let project = Project::running();
    let begun = Instant::now();
    let ran = project.rotate(&[]).ends(0);
    assert!(begun.elapsed() >= Duration::from_secs(1), "the overlap");
    let called = project.called();
    assert_eq!(called, ["find", "create", "set", "test", "retire", "find"], "{ran:?}");
    project.is_settled();
    assert!(ran.out.contains("generation 2") && ran.out.contains("ended key-1"), "{ran:?}");
}

#[test]
fn where_the_run_may_not_wait_the_next_one_ends_the_old_token() {
    let project = Project::running();
    let ran = project.rotate(&["--wait", "0"]).ends(0);
    assert_eq!(project.live(), ["key-1", "key-2"], "{ran:?}");
    let line = project.line("previous").unwrap();
    assert!(line.contains("retire_after=") && line.contains("handle=key-1"), "{line}");
    assert!(ran.out.contains("the old token ends after"), "{ran:?}");
    std::thread::sleep(Duration::from_millis(1100));
    project.lose_the_disk();
    let ran = project.rotate(&["--sweep"]).ends(0);
    assert!(ran.out.contains("swept; ended key-1"), "{ran:?}");
    project.is_settled();
}

#[test]
fn an_emergency_has_no_overlap() {
    let project = Project::with(|policy| policy.replace("\"1s\"\n\n", "\"5d\"\n\n"));
    project.rotate(&[]).ends(0);
    let begun = Instant::now();
    project.rotate(&["--because", "leaked in a log"]).ends(0);
    assert!(begun.elapsed() < Duration::from_secs(10));
    project.is_settled();
}

/// Each step fails before it has its effect, and after it. The old token works, and the next run finishes the work.
#[test]
fn after_a_failure_at_any_step_the_next_run_finishes() {
    for when in ["before", "after"] {
        for step in STEPS {
            let project = Project::running();
            project.hook(when, &format!("[ $verb != {step} ] || exit 3"));
            let ran = project.rotate(AT_ONCE);
            assert_eq!(
                ran.code,
                Some(if step == "find" { 3 } else { 6 }),
                "{when} {step}: {ran:?}"
            );
            assert!(
                ran.err.contains(&format!("{step}: `./ci/step` ended with exit status: 3")),
                "{ran:?}"
            );
            assert!(project.used().is_some(), "{when} {step}: the consumer is locked out");
            project.unhook();
            project.lose_the_disk();
            let ran = project.rotate(AT_ONCE).ends(0);
            assert_eq!(project.used(), project.live().last().cloned(), "{ran:?}");
            project.is_settled();
        }
    }
}

/// Each step kills the command that runs it, before it has its effect and after it. The run after that knows the lock alone.
#[test]
fn after_a_kill_at_any_step_the_next_run_finishes() {
    for when in ["before", "after"] {
        for step in STEPS {
            let project = Project::running();
            project.hook(when, &format!("[ $verb != {step} ] || {{ kill -9 $PPID; sleep 0.1; }}"));
            let ran = project.rotate(AT_ONCE);
            assert_eq!(ran.code, None, "{when} {step}: {ran:?}");
            assert!(project.used().is_some(), "{when} {step}: the consumer is locked out");
            project.unhook();
            project.lose_the_disk();
            let ran = project.rotate(AT_ONCE).ends(0);
            assert!(project.live().len() <= 2, "{when} {step}: {:?} {ran:?}", project.live());
            project.rotate(&["--sweep"]).ends(0);
            project.is_settled();
        }
    }
}

#[test]
fn a_consumer_that_never_takes_the_token_keeps_the_old_one() {
    let project = Project::running();
    project.hook("before", "[ $verb != set ] || exit 0");
    let ran = project.rotate(&[]).ends(6);
    assert!(ran.err.contains("1 s after the token was set"), "{ran:?}");
    assert_eq!(project.used().as_deref(), Some("key-1"));
    assert!(!project.called().contains(&"retire".to_owned()));
    project.unhook();
    project.rotate(&[]).ends(0);
    project.is_settled();
}

#[test]
fn at_the_limit_what_is_in_use_is_kept_and_if_nobody_knows_it_a_person_is_needed() {
    let project = Project::with(|policy| format!("{policy}limit = 2\n"));
    project.rotate(&[]).ends(0);
    // A run was killed after it had created.
    project.hook("after", "[ $verb != create ] || kill -9 $PPID");
    assert_eq!(project.rotate(&[]).code, None);
    assert_eq!(project.live(), ["key-1", "key-2"]);
    project.unhook();
    std::fs::write(project.state("mute"), "").unwrap();
    let ran = project.rotate(&[]).ends(7);
    assert!(ran.err.contains("`test` does not say which of them is in use"), "{ran:?}");
    assert_eq!(project.live(), ["key-1", "key-2"]);
    project.unhook();
    project.rotate(&[]).ends(0);
    project.is_settled();
}

#[test]
fn a_claim_that_another_run_has_ends_this_one_before_it_asks_anything() {
    let project = Project::with(|policy| {
        format!(
            "{policy}claim = [\"./ci/step\", \"claim\", \"{{slot}}\", \"{{holder}}\", \"{{seconds}}\"]\n"
        )
    });
    std::os::unix::fs::symlink("somebody", project.state("claim")).unwrap();
    let ran = project.rotate(&[]).ends(6);
    assert!(ran.err.contains("another run has the claim"), "{ran:?}");
    assert!(project.called().is_empty(), "{:?}", project.called());
    project.unhook();
    project.rotate(&[]).ends(0);
    project.is_settled();
    // The claim is lost to another run while this one works: it creates nothing more, and ends nothing.
    project.unhook();
    project.hook(
        "before",
        "[ $verb != test ] || { rm -f \"$STATE/claim\"; ln -s somebody \"$STATE/claim\"; }",
    );
    project.rotate(&[]).ends(6);
    assert_eq!(project.live(), ["key-1", "key-2"]);
}

#[test]
fn two_runs_in_one_working_tree_do_not_write_one_lock() {
    let project = Project::running();
    project.hook("before", "[ $verb != create ] || { touch \"$STATE/here\"; sleep 2; }");
    let mut first = project
        .command(&["rotate", "registry-push", "--quiet"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !project.state("here").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let ran = project.rotate(&[]).ends(6);
    assert!(ran.err.contains("at work in this working tree"), "{ran:?}");
    assert!(first.wait().unwrap().success());
    project.is_settled();
}
