//! The example `metrics` runs to its end, and what it prints is what happened.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::{Command, Stdio};

#[test]
fn it_runs() {
    // target/debug/deps/… is the test, target/debug/examples/metrics the example, which cargo has built before.
    let test = std::env::current_exe().unwrap();
    let example = test.ancestors().nth(2).unwrap().join("examples/metrics");
    let output = Command::new(example).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "tokens_hits_total 1980",
        "tokens_misses_total{kind=\"deploy\",outcome=\"accepted\"} 20",
        "tokens_misses_total{kind=\"build\",outcome=\"accepted\"} 1",
        "tokens_limited_total{kind=\"build\",limit=\"unknown\"} 0",
        "tokens_refused_total{cause=\"Malformed\"} 1",
        "tokens_revocations_total{what=\"token\"} 1",
        "tokens_is_ready 1.0",
        "tokens_distrusted_total 0",
        "# EOF",
    ] {
        assert!(said.lines().any(|it| it == line), "{line}\n{said}");
    }
    // How many were looked for depends on how long the flood took.
    let number = |name: &str| -> u64 {
        let line = said.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    let unknown = number("tokens_refused_total{cause=\"Unknown\"}");
    let limited = number("tokens_limited_total{kind=\"deploy\",limit=\"unknown\"}");
    assert!((1_000..1_500).contains(&unknown) && limited > 0, "{unknown} and {limited}");
    assert!(!said.contains("acme_deploy_") && !said.contains("job-"), "{said}");
}
