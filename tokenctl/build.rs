//! Tells the program which commit it is built from, so that `init` can name it in a workflow.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=.cargo_vcs_info.json");
    if let Some(commit) = packaged().or_else(checked_out) {
        println!("cargo::rustc-env=TOKENCTL_COMMIT={commit}");
    }
}

/// Returns the commit that `cargo package` notes in what it makes.
fn packaged() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    rest.split('"').nth(1).map(str::to_owned).filter(|commit| is_id(commit))
}

/// Returns the commit that is checked out here.
fn checked_out() -> Option<String> {
    let git = |arguments: &[&str]| {
        let answer = Command::new("git").args(arguments).output().ok()?;
        let text = String::from_utf8(answer.stdout).ok()?;
        answer.status.success().then(|| text.trim().to_owned())
    };
    // The package must be the repository's own, and not lie in that of somebody else.
    let tracked = git(&["ls-files", "--error-unmatch", "build.rs"]);
    let head = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&head).exists() {
        println!("cargo::rerun-if-changed={head}");
    }
    tracked.and_then(|_| git(&["rev-parse", "HEAD"])).filter(|commit| is_id(commit))
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
