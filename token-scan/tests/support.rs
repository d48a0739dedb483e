//! What the tests share.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "tests; and not every one needs everything"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use token_policy::Policy;
use token_policy::format::{self, Prefix};
use token_scan::{Report, Scan, Scanner};

/// The prefix of the tests' tokens, without its last `_`.
pub(crate) const PREFIX: &str = "acmecorp_deploy";

/// The digits of base62.
pub(crate) const DIGITS: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token of our format, another for each seed.
pub(crate) fn token(seed: u64) -> String {
    let prefix = Prefix::parse(PREFIX).unwrap();
    let mut entropy = [0; 128];
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for byte in &mut entropy {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = (state >> 24) as u8;
    }
    let mut token = vec![0; prefix.token_bytes()];
    format::compose(&prefix, &entropy, &mut token).unwrap();
    String::from_utf8(token).unwrap()
}

/// A token with GitHub's checksum.
pub(crate) fn github(seed: u64) -> String {
    let random = &token(seed)[16..46];
    let mut crc = u64::from(crc32fast::hash(random.as_bytes()));
    let mut digits = [0; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(crc % 62) as usize];
        crc /= 62;
    }
    format!("gh{}_{random}{}", "p", std::str::from_utf8(&digits).unwrap())
}

pub(crate) fn policy() -> Policy {
    Policy::parse(
        "version = 1\n[scopes]\n\"a\" = \"A\"\n[tokens.deploy]\nowner = \"platform-team\"\nscopes = [\"a\"]\n\
         max_lifetime = \"1h\"\nformat = \"acmecorp_deploy\"\n",
    )
    .unwrap()
}

pub(crate) fn scan() -> Scanner {
    Scan::new().prefix(Prefix::parse(PREFIX).unwrap()).build().unwrap()
}

pub(crate) fn rust_scan(source: &str) -> Report {
    scan().bytes("src/a.rs", source.as_bytes())
}

pub(crate) fn places(report: &Report) -> Vec<String> {
    let place = |finding: &token_scan::Finding| {
        let place = finding.place().unwrap();
        format!("{}:{}:{} {}", place.file(), place.line(), place.column(), finding.code())
    };
    report.findings().iter().map(place).collect()
}

pub(crate) fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn git(root: &Path, arguments: &[&str]) {
    let settings = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    ];
    let output =
        Command::new("git").arg("-C").arg(root).args(settings).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
