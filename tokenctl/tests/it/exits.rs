//! Each exit code of the table is reached, and the table is the same wherever it stands.

use token_audit::Finding;

use crate::support::{Folder, POLICY, github};

#[test]
fn each_code_is_reached() {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.write("leak.txt", github(1));
    folder.write("wider.toml", POLICY.replace("\"1h\"", "\"8h\""));
    folder.write(
        "other.toml",
        POLICY.replace("\"1h\"", "\"8h\"").replace("format ", "audience = \"b\"\nformat "),
    );
    let runs: [(&[&str], i32); 6] = [
        (&["check"], 0),
        (&["scan"], 1),
        (&["scan", "--nonsense"], 2),
        (&["check", "none.toml"], 3),
        (&["diff", "tokens.toml", "wider.toml"], 4),
        (&["diff", "tokens.toml", "other.toml"], 5),
    ];
    for (arguments, code) in runs {
        folder.run(arguments).ends(code);
    }
    let listed = folder.run(&["explain"]).ends(0).out;
    let codes: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("  exit-")).collect();
    assert_eq!(codes.len(), runs.len());
}

#[test]
fn the_table_is_in_the_help_the_manual_and_the_readme() {
    let folder = Folder::new();
    let listed = folder.run(&["explain", "--format", "json"]).ends(0).out;
    let help = folder.run(&["--help"]).ends(0).out;
    let below = folder.run(&["audit", "verify", "--help"]).ends(0).out;
    let manual = folder.run(&["man"]).ends(0).out;
    let readme = include_str!("../../README.md");
    let mut rows = 0;
    for line in listed.lines() {
        let topic: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(code) = topic["code"].as_str().unwrap().strip_prefix("exit-") else { continue };
        let meaning = topic["summary"].as_str().unwrap();
        assert!(help.contains(&format!("\n  {code}  {meaning}\n")), "{help}");
        assert!(below.contains(&format!("\n  {code}  {meaning}\n")), "{below}");
        assert!(manual.contains(&format!(".TP\n\\fB{code}\\fR\n{meaning}\n")), "{manual}");
        assert!(readme.contains(&format!("| {code} | {meaning} |\n")), "{code}: {meaning}");
        rows += 1;
    }
    assert_eq!(rows, 6);
}

#[test]
fn codes_are_explained_by_name_and_number() {
    let folder = Folder::new();
    let four = folder.run(&["explain", "4"]).ends(0);
    assert!(
        four.out.starts_with("exit-4: diff: the new policy or table of routes permits more\n"),
        "{}",
        four.out
    );
    assert_eq!(folder.run(&["explain", "exit-4"]).ends(0).out, four.out);
    let near = folder.run(&["explain", "no-ownr"]).ends(2);
    assert!(near.err.contains("did you mean `no-owner`?"), "{}", near.err);
    let far = folder.run(&["explain", "xxxxxxxxxxxxxxx"]).ends(2);
    assert!(far.err.contains("lists them all"), "{}", far.err);
}

/// Whatever a finding's code is, it can be explained.
#[test]
fn every_code_is_explained() {
    let folder = Folder::new();
    let scanner = token_scan::Scan::new().build().unwrap();
    let rules = scanner.rules().iter().map(token_scan::Rule::id);
    let codes = token_policy::checks::explanations().map(|known| known.code);
    let more = [
        "invalid-policy",
        "policy-wider",
        "policy-narrower",
        "policy-changed",
        "policy-incomparable",
        "routes-wider",
        "routes-narrower",
        "routes-changed",
        "routes-incomparable",
    ];
    let logs = [
        Finding::Edited { index: 0 },
        Finding::Malformed { index: 0 },
        Finding::Removed { indexes: 0..1 },
        Finding::Reordered { index: 0 },
        Finding::Inserted { before: 0 },
        Finding::Rewritten { within: 0..1 },
        Finding::RolledBack { lost: 0..1 },
        Finding::File { file: String::new() },
    ];
    let logs: Vec<&str> = logs.iter().map(Finding::code).collect();
    let listed = folder.run(&["explain"]).ends(0).out;
    let all = rules.chain(codes).chain(token_scan::explanations().map(|known| known.code));
    for code in all.chain(more).chain(logs) {
        assert!(listed.contains(&format!("\n  {code} ")), "{code}");
    }
}
