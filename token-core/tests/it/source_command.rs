//! Helper commands: what they print, how they end, and that they do end.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
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

/// A script that sleeps for `SECS`, a number that no other test has. By it the processes of the script are known again,
/// whatever group they are in.
pub fn marked(script: &str) -> (String, String) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mark = format!("60.{process:07}{next:03}");
    (script.replace("SECS", &mark), mark)
}

/// Runs a script, and returns how it ended, how long it took, and those of its processes that are left.
fn run_and_count(script: &str, timeout: Duration) -> (Option<ErrorKind>, Duration, Vec<u32>) {
    let (script, mark) = marked(script);
    let start = Instant::now();
    let kind = kind_of(command(["sh", "-c", &script], timeout));
    (kind, start.elapsed(), left_of(&mark))
}

/// The living processes with a mark, once the kernel had time to end the killed.
pub fn left_of(mark: &str) -> Vec<u32> {
    let mut left = Vec::new();
    for _ in 0..100 {
        left = living(mark);
        if left.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    left
}

/// A process that has ended has no arguments any more.
fn living(mark: &str) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        let arguments = fs::read(Path::new("/proc").join(id.to_string()).join("cmdline"));
        String::from_utf8_lossy(&arguments.unwrap_or_default()).contains(mark)
    })
    .collect()
}

fn kill(processes: &[u32]) {
    for process in processes {
        let killed = std::process::Command::new("kill").arg(process.to_string()).status();
        assert!(killed.unwrap().success());
    }
}

#[test]
fn the_count_of_processes_sees_them() {
    let (seconds, mark) = marked("SECS");
    let mut child = std::process::Command::new("sleep").arg(seconds).spawn().unwrap();
    // Before it is the program `sleep`, it is a copy of this one.
    let found = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(10));
        living(&mark) == [child.id()]
    });
    assert!(found, "the control: a living process is seen");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(living(&mark).is_empty());
}

#[test]
fn a_timeout_ends_the_helper_and_what_it_started() {
    let timeout = Duration::from_millis(300);
    let helpers = [
        "sleep SECS",
        "sleep SECS & sleep SECS & wait",
        "sh -c 'sleep SECS & sleep SECS' & sleep SECS",
        "trap '' TERM INT HUP; sleep SECS; sleep SECS",
        "printf abc; sleep SECS",
        "echo abc; exec >&-; sleep SECS",
        "exec >&- 2>&-; sleep SECS & sleep SECS",
        "while :; do printf a; sleep 0.1; done; sleep SECS",
        "while :; do printf a >&2; done; sleep SECS",
    ];
    for script in helpers {
        let (kind, took, left) = run_and_count(script, timeout);
        assert_eq!(kind, Some(ErrorKind::Timeout), "{script}");
        assert!(took >= timeout, "{script}: {took:?}");
        assert!(took < timeout + secs(5), "{script}: {took:?}");
        assert!(left.is_empty(), "{script}: {left:?}");
    }
}

#[test]
fn too_much_output_ends_the_helper_and_what_it_started() {
    let (kind, took, left) = run_and_count("trap '' PIPE; sleep SECS & yes; sleep SECS", secs(30));
    assert_eq!(kind, Some(ErrorKind::TooLong));
    assert!(took < secs(10), "{took:?}");
    assert!(left.is_empty(), "{left:?}");
}

/// Like `git credential-cache` or ssh-agent: what it starts holds its output open, and writes to it.
#[test]
fn a_helper_may_leave_a_daemon_running() {
    let daemons = [
        "sleep SECS",
        "sleep SECS >&-",
        "sleep SECS 2>&-",
        "sleep SECS >/dev/null 2>&1",
        "(trap '' PIPE HUP; sleep SECS)",
        "(trap '' PIPE; sleep 0.3; while :; do printf x; printf x >&2; sleep 0.01; done; : SECS)",
    ];
    for daemon in daemons {
        let (script, mark) = marked(&format!("{daemon} & echo {TEXT}"));
        let start = Instant::now();
        let secret = command(["sh", "-c", &script], secs(30)).unwrap();
        assert!(secret.constant_time_eq(TEXT.as_bytes()), "{daemon}");
        assert!(start.elapsed() < secs(5), "{daemon}: {:?}", start.elapsed());
        let left = living(&mark);
        assert!(!left.is_empty(), "{daemon}: it is not ours to end");
        kill(&left);
    }
}

/// What is read of it is bounded, and it does not change how the helper ended.
#[test]
fn a_daemon_that_floods_the_output_is_cut_off() {
    let (script, mark) = marked("yes SECS & sleep 0.2; exit 0");
    assert_eq!(kind_of(command(["sh", "-c", &script], secs(30))), Some(ErrorKind::TooLong));
    assert_eq!(left_of(&mark), [0; 0], "nobody reads its output");
    let (script, mark) = marked("yes SECS >&2 & sleep 0.2; echo abc");
    assert!(command(["sh", "-c", &script], secs(30)).unwrap().constant_time_eq(b"abc"));
    assert_eq!(left_of(&mark), [0; 0]);
    let error = sh("sleep 1 & exit 7").unwrap_err();
    assert!(error.to_string().contains("status 7"), "{error}");
}

/// A large output that is in the pipe when the helper ends is read whole.
#[test]
fn nothing_that_was_written_before_the_end_is_lost() {
    for count in [4096, 60_000, 65_536] {
        let script = format!("sleep 5 & head -c {count} /dev/zero | tr '\\0' x");
        let secret = sh(&script).unwrap();
        assert!(secret.constant_time_eq(&vec![b'x'; count]), "{count}");
    }
}

/// Programs leave an ignored SIGCHLD to those that they start. Then nobody keeps an exit status.
#[test]
fn an_ignored_sigchld_is_no_obstacle() {
    const TEST: &str = "source_command::an_ignored_sigchld_is_no_obstacle";
    const CHILD: &str = "TOKEN_CORE_IT_SIGCHLD";
    if std::env::var_os(CHILD).is_none() {
        let status = std::process::Command::new("bash")
            .args(["-c", "trap '' CHLD; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture"])
            .env(CHILD, "yes")
            .status();
        return assert!(status.unwrap().success());
    }
    let ignored = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = ignored.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap();
    assert_ne!(ignored & 1 << 16, 0, "SIGCHLD is signal 17");

    for script in [
        "echo TOKEN",
        "sleep 0.3; echo TOKEN",
        "sleep 5 & echo TOKEN",
        "echo TOKEN; exec >&- 2>&-; sleep 0.3",
    ] {
        let script = script.replace("TOKEN", TEXT);
        assert!(sh(&script).unwrap().constant_time_eq(TEXT.as_bytes()), "{script}");
    }
    for script in ["exit 3", "echo no such key >&2; exit 3", "echo no such key; exit 3"] {
        let error = sh(script).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::HelperFailed, "{script}");
        assert!(error.to_string().contains("SIGCHLD"), "{script}: {error}");
        assert_eq!(error.to_string().contains("no such key"), script.contains(">&2"), "{error}");
    }
    assert_eq!(kind_of(command(["no-such-program-here"], secs(1))), Some(ErrorKind::NotFound));
    assert_eq!(kind_of(sh("yes")), Some(ErrorKind::TooLong));
    let (kind, _, left) = run_and_count("sleep SECS & sleep SECS", Duration::from_millis(300));
    assert_eq!((kind, left), (Some(ErrorKind::Timeout), vec![]));
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
