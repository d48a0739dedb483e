//! What was not searched, or not all of it, is told in every form of a report.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::support::{Folder, github, shows};

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// Too large, damaged, and two archives.
fn planted() -> Folder {
    let folder = Folder::repository();
    folder.write("a b/large.txt", vec![b'a'; (1 << 20) + 1]);
    let whole = gzip(&"a line and its end\n".repeat(1000));
    folder.write("cut.gz", &whole[..whole.len() - 9]);
    folder.write("x.zip", b"PK\x03\x04\x14\0\0\0");
    folder.write("x.xz", b"\xfd7zXZ\0\0\x04");
    folder
}

const SCAN: [&str; 4] = ["scan", "--no-policy", "--max-size", "1"];

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_has_objects_for_what_was_not_searched() {
    let folder = planted();
    let ran = folder.run(&[&SCAN[..], &["--format", "json"]].concat()).ends(0);
    let told: Vec<String> = lines(&ran.out)
        .iter()
        .map(|line| format!("{} {} {}", line["notice"], line["level"], line["file"]))
        .collect();
    let expected = [
        r#""file-too-large" "warn" "a b/large.txt""#,
        r#""gzip-damaged" "warn" "cut.gz""#,
        r#""archive-unopened" "allow" null"#,
    ];
    assert_eq!(told, expected, "{}", ran.out);
    // Whoever reads findings only looks for `code`.
    assert!(!ran.out.contains("\"code\""), "{}", ran.out);
}

#[test]
fn sarif_has_notifications_for_what_was_not_searched() {
    let folder = planted();
    let sarif = [&SCAN[..], &["--format", "sarif"]].concat();
    let document: Value = serde_json::from_str(&folder.run(&sarif).ends(0).out).unwrap();
    let invocation = &document["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    let told = invocation["toolExecutionNotifications"].as_array().unwrap();
    let (levels, codes): (Vec<&Value>, Vec<&Value>) =
        told.iter().map(|one| (&one["level"], &one["descriptor"]["id"])).unzip();
    assert_eq!(levels, ["warning", "warning", "note"]);
    assert_eq!(codes, ["file-too-large", "gzip-damaged", "archive-unopened"]);
    let place = &told[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "a%20b/large.txt");
    assert!(told[2]["message"]["text"].as_str().unwrap().contains("1 xz, 1 zip"), "{told:?}");
}

#[test]
fn the_summary_counts_what_was_not_searched() {
    let folder = planted();
    let ran = folder.run(&SCAN).ends(0);
    assert_eq!(ran.out, "");
    assert!(
        ran.err.contains("warning[file-too-large]: a b/large.txt: not searched: too large\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("warning[gzip-damaged]: cut.gz: "), "{}", ran.err);
    assert!(
        ran.err.contains("note[archive-unopened]: 2 archives were not opened: 1 xz, 1 zip\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.ends_with("no findings, 2 files not searched in full\n"), "{}", ran.err);
    assert!(folder.run(&[&SCAN[..], &["-q"]].concat()).ends(0).err.is_empty());
}

/// A skipped file is not clean: whoever wants no warnings wants none of these either. That an archive is not opened holds
/// for every run, and fails none.
#[test]
fn with_deny_warnings_what_was_not_searched_is_no_pass() {
    let folder = planted();
    let denied = [&SCAN[..], &["--deny-warnings", "--quiet"]].concat();
    let ran = folder.run(&denied).ends(3);
    assert!(ran.err.contains("error[file-too-large]: a b/large.txt: not searched"), "{}", ran.err);
    assert!(!ran.err.contains("archive"), "{}", ran.err);
    folder.write("a b/large.txt", "");
    folder.write("cut.gz", "");
    folder.run(&denied).ends(0);
}

#[cfg(unix)]
#[test]
fn what_is_unreadable_fails_and_is_in_the_reports() {
    let folder = Folder::new();
    // A folder whose path is longer than the system takes, so that even root cannot read it.
    let name = "a".repeat(250);
    folder.write("x.txt", "x");
    let made = std::process::Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", "for i in $(seq 20); do mkdir \"$0\" && cd -P \"$0\" || exit; done", &name])
        .status();
    assert!(made.unwrap().success());
    let ran = folder.run(&["scan", "--format", "json"]).ends(3);
    let told = lines(&ran.out);
    assert!(told.iter().all(|line| line["notice"] == "file-unreadable"), "{}", ran.out);
    assert!(!told.is_empty() && told[0]["level"] == "deny");
    let ran = folder.run(&["scan", "--format", "sarif"]).ends(3);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn every_notice_is_explained() {
    let folder = Folder::new();
    let listed = folder.run(&["explain"]).ends(0).out;
    let codes: Vec<&str> = token_scan::notice_explanations().map(|known| known.code).collect();
    assert_eq!(codes.len(), 9);
    for code in codes.into_iter().chain(["no-policy", "policy-mistake", "results-left-out"]) {
        assert!(listed.contains(&format!("\n  {code} ")), "{code}");
        folder.run(&["explain", code]).ends(0);
    }
}

/// What could be decompressed is searched, and so are the bytes as they are: a file that only begins as gzip hides nothing.
#[test]
fn a_damaged_file_hides_nothing() {
    let folder = Folder::repository();
    let whole = gzip(&format!("{}\n{}", github(1), "and so on\n".repeat(10_000)));
    folder.write("cut.gz", &whole[..whole.len() / 2]);
    folder.write("fake.gz", [b"\x1f\x8b\x08 ", github(2).as_bytes(), b" "].concat());
    folder.write("tail.gz", [gzip("a\n"), github(3).into_bytes()].concat());
    let ran = folder.run(&["scan"]).ends(1);
    for name in ["cut.gz", "fake.gz", "tail.gz"] {
        assert!(ran.out.contains(&format!("--> {name}:")), "{name}: {}", ran.out);
        assert!(
            ran.err.contains(&format!("warning[gzip-damaged]: {name}: ")),
            "{name}: {}",
            ran.err
        );
    }
    for seed in 1..4 {
        assert!(!shows(&ran.all(), &github(seed)));
    }
}

#[test]
fn a_token_in_the_name_of_what_is_too_large_is_found() {
    let folder = Folder::repository();
    folder.write(&format!("{}.bin", github(1)), vec![b'a'; (1 << 20) + 1]);
    let ran = folder.run(&SCAN).ends(1);
    assert!(ran.out.contains("the name of this file has a token in it"), "{}", ran.out);
    assert!(!shows(&ran.all(), &github(1)));
}
