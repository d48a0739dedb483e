//! A scan of the history takes the memory of a few texts, and not of all. `.ci/long` measures the program and git.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use support::{PREFIX, git, token};
use token_scan::Scan;

const COMMITS: usize = 300;
const LINES: usize = 2500;

/// The memory that this process has now, and the most that it had, in KiB.
fn memory() -> (usize, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// Returns by how much the memory grows at most while something runs, in KiB.
fn growth<T>(run: impl FnOnce() -> T) -> (usize, T) {
    // The kernel counts the most from here on (proc_pid_clear_refs(5)). Where it cannot, the most so far is little.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = memory().0;
    let result = run();
    (memory().1.saturating_sub(before), result)
}

#[test]
fn a_scan_of_the_history_streams() {
    let tree = tempfile::tempdir().unwrap();
    git(tree.path(), &["init", "-q"]);
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(tree.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stream = import.stdin.take().unwrap();
    let mut all = 0;
    for number in 0..COMMITS {
        let mut text = String::new();
        for line in 0..LINES {
            writeln!(text, "{number} {line} some text of this line, none twice").unwrap();
        }
        if number == COMMITS / 2 {
            text.push_str(&token(1));
        }
        all += text.len();
        let head = "commit refs/heads/main\ncommitter a <a@b> 1000000000 +0000\ndata 1\nx\n";
        let file = format!("M 100644 inline {}.txt\ndata {}\n", number % 50, text.len());
        writeln!(stream, "{head}{file}{text}").unwrap();
    }
    drop(stream);
    assert!(import.wait().unwrap().success());
    git(tree.path(), &["symbolic-ref", "HEAD", "refs/heads/main"]);
    let all = all / 1024;
    let scanner = Scan::bare().prefix(PREFIX.parse().unwrap()).threads(2).build().unwrap();
    let (grown, report) = growth(|| scanner.history(tree.path(), &"0".repeat(40)).unwrap());
    assert_eq!((report.findings().len(), report.files()), (1, COMMITS));
    assert!(grown < all / 3, "{grown} KiB of {all} KiB");
    // If all were kept, it would be measured.
    let (kept, _) = growth(|| vec![1_u8; all * 1024]);
    assert!(kept > all / 2, "{kept} of {all}");
}
