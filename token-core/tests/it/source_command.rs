//! Helper commands: what they print, how they end, and that they do end.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use token_core::{Error, ErrorKind, Secret, source::command};

use crate::support::{TEXT, TempDir, kind_of, secs};

/// A script that has all the time it needs.
fn sh(script: &str) -> Result<Secret, Error> {
    command(["sh", "-c", script], secs(30))
}

#[test]
fn the_output_is_the_token() {
    for script in
        [format!("printf %s {TEXT}"), format!("echo {TEXT}"), format!("printf '{TEXT}\\r\\n'")]
    {
        assert!(sh(&script).unwrap().constant_time_eq(TEXT.as_bytes()), "{script}");
    }
}

#[test]
fn arguments_are_passed_as_they_are() {
    let secret = command(["printf", "%s", "$HOME;*'\"`x`"], secs(30)).unwrap();
    assert!(secret.constant_time_eq(b"$HOME;*'\"`x`"), "no shell is involved");
    let owned = vec![String::from("printf"), String::from("abc")];
    assert!(command(owned, secs(30)).unwrap().constant_time_eq(b"abc"));
}

#[test]
fn output_that_comes_in_pieces_is_put_together() {
    let script = "for i in 1 2 3 4; do printf abc; sleep 0.05; done";
    assert!(sh(script).unwrap().constant_time_eq(b"abcabcabcabc"));
}

#[test]
fn standard_error_is_not_mixed_in() {
    let script = format!("echo warning >&2; echo {TEXT}; echo done >&2");
    assert!(sh(&script).unwrap().constant_time_eq(TEXT.as_bytes()));
    assert_eq!(kind_of(sh(&format!("echo {TEXT} >&2"))), Some(ErrorKind::Malformed));
}

#[test]
fn standard_input_is_empty() {
    assert!(sh("cat; echo abc").unwrap().constant_time_eq(b"abc"));
}

#[test]
fn a_failure_is_reported_whatever_was_printed() {
    let error = sh(&format!("echo {TEXT}; exit 3")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HelperFailed);
    assert!(error.to_string().contains("status 3"), "{error}");
    assert!(error.to_string().contains("`sh`"), "{error}");

    let killed = sh(&format!("echo {TEXT}; kill -KILL $$")).unwrap_err();
    assert_eq!(killed.kind(), ErrorKind::HelperFailed);
    assert!(killed.to_string().contains("signal"), "{killed}");
}

#[test]
fn what_cannot_be_started_is_reported() {
    let none: [&str; 0] = [];
    assert_eq!(kind_of(command(["no-such-program-here"], secs(1))), Some(ErrorKind::NotFound));
    assert_eq!(kind_of(command([""], secs(1))), Some(ErrorKind::NotFound));
    assert_eq!(kind_of(command(none, secs(1))), Some(ErrorKind::NotFound));
    assert_eq!(kind_of(command(["sh", "a\0b"], secs(1))), Some(ErrorKind::Io));
    let dir = TempDir::new();
    let script = dir.file("not-executable", "#!/bin/sh\necho abc\n", 0o600);
    assert_eq!(kind_of(command([script.to_str().unwrap()], secs(1))), Some(ErrorKind::Io));
}

#[test]
fn no_output_is_no_token() {
    for script in ["true", "echo", "printf ''", "exec >&-; exit 0"] {
        assert_eq!(kind_of(sh(script)), Some(ErrorKind::Malformed), "{script}");
    }
}

#[test]
fn output_that_is_no_token_is_refused() {
    for script in ["echo two words", "printf 'a\\nb\\n'", "printf 'a\\000'", "printf '\\377'"] {
        assert_eq!(kind_of(sh(script)), Some(ErrorKind::Malformed), "{script}");
    }
}

#[test]
fn endless_output_is_cut_off_at_once() {
    let start = Instant::now();
    assert_eq!(kind_of(sh("yes")), Some(ErrorKind::TooLong));
    // A helper that survives the closed pipe is not waited for either.
    assert_eq!(kind_of(sh("trap '' PIPE; yes; sleep 30")), Some(ErrorKind::TooLong));
    assert!(start.elapsed() < secs(10), "{:?}", start.elapsed());
}

/// Runs a script that writes its process id to `$0`, and returns how it ended, how long it
/// took, and the processes of its group that are left.
fn run_and_count(script: &str, timeout: Duration) -> (Option<ErrorKind>, Duration, Vec<u32>) {
    let dir = TempDir::new();
    let pid = dir.join("pid");
    let script = format!("echo $$ > \"$0\"; {script}");
    let start = Instant::now();
    let kind = kind_of(command(["sh", "-c", &script, pid.to_str().unwrap()], timeout));
    let took = start.elapsed();
    let group = fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    (kind, took, left_of(group))
}

/// The living processes of a group, once the kernel had time to end the killed.
fn left_of(group: u32) -> Vec<u32> {
    let mut left = Vec::new();
    for _ in 0..100 {
        left = living(group);
        if left.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    left
}

fn living(group: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        let stat = Path::new("/proc").join(id.to_string()).join("stat");
        let stat = fs::read_to_string(stat).unwrap_or_default();
        // After the name in parentheses: state, parent, group.
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let state = fields.next().unwrap_or("Z");
        !matches!(state, "Z" | "X") && fields.nth(1) == Some(&group.to_string())
    })
    .collect()
}

#[test]
fn the_count_of_a_group_sees_its_processes() {
    let mut child = {
        use std::os::unix::process::CommandExt;
        std::process::Command::new("sleep").arg("30").process_group(0).spawn().unwrap()
    };
    assert_eq!(living(child.id()), [child.id()], "the control: a living group is seen");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(living(child.id()).is_empty());
}

#[test]
fn a_timeout_ends_the_helper_and_what_it_started() {
    let timeout = Duration::from_millis(300);
    let helpers = [
        "sleep 60",
        "sleep 60 & sleep 60 & wait",
        "sh -c 'sleep 60 & sleep 60' & sleep 60",
        "trap '' TERM INT HUP; sleep 60; sleep 60",
        "printf abc; sleep 60",
        "echo abc; exec >&-; sleep 60",
        "exec >&-; sleep 60 & sleep 60",
        "while :; do printf a; sleep 0.1; done",
    ];
    for script in helpers {
        let (kind, took, left) = run_and_count(script, timeout);
        assert_eq!(kind, Some(ErrorKind::Timeout), "{script}");
        assert!(took >= timeout, "{script}: {took:?}");
        assert!(took < timeout + secs(5), "{script}: {took:?}");
        assert!(left.is_empty(), "{script}: {left:?}");
    }
}

/// The helper is gone, but a process it started keeps the output open.
#[test]
fn a_timeout_ends_what_an_ended_helper_left_behind() {
    let (kind, took, left) = run_and_count("sleep 60 & echo abc", Duration::from_millis(300));
    assert_eq!(kind, Some(ErrorKind::Timeout));
    assert!(took < secs(5), "{took:?}");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn too_much_output_ends_the_helper_and_what_it_started() {
    let (kind, took, left) = run_and_count("trap '' PIPE; sleep 60 & yes; sleep 60", secs(30));
    assert_eq!(kind, Some(ErrorKind::TooLong));
    assert!(took < secs(10), "{took:?}");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_helper_may_leave_an_agent_running() {
    let (kind, took, left) = run_and_count("sleep 60 >&- & echo abc", secs(30));
    assert_eq!(kind, None);
    assert!(took < secs(10), "{took:?}");
    for process in left {
        let _ = std::process::Command::new("kill").arg(process.to_string()).status();
    }
}

#[test]
fn no_timeout_is_too_short_or_too_long() {
    assert_eq!(kind_of(command(["sleep", "60"], Duration::ZERO)), Some(ErrorKind::Timeout));
    assert!(command(["printf", "abc"], Duration::MAX).is_ok());
}

#[test]
fn the_timeout_is_shown() {
    let error = command(["sleep", "60"], Duration::from_millis(50)).unwrap_err();
    assert!(error.to_string().contains("50ms"), "{error}");
}
