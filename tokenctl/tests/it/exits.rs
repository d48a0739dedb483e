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
    let runs: [(&[&str], i32); 8] = [
        (&["check"], 0),
        (&["scan"], 1),
        (&["scan", "--nonsense"], 2),
        (&["check", "none.toml"], 3),
        (&["diff", "tokens.toml", "wider.toml"], 4),
        (&["diff", "tokens.toml", "other.toml"], 5),
        // Another run has the claim; nobody knows which of two tokens is in use.
        (&["rotate", "ci", "--policy", "below/tokens.toml"], 6),
        (&["rotate", "web", "--policy", "below/tokens.toml"], 7),
    ];
    if cfg!(unix) {
        steps(&folder);
    }
    for (arguments, code) in runs {
        if cfg!(unix) || code < 6 {
            folder.run(arguments).ends(code);
        }
    }
    let listed = folder.run(&["explain"]).ends(0).out;
    let codes: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("  exit-")).collect();
    assert_eq!(codes.len(), runs.len());
}

/// A policy with steps, below, and its lock.
fn steps(folder: &Folder) {
    let kind = |name: &str, more: &str| {
        format!(
            "[tokens.{name}]\nowner = 'a'\nscopes = ['repo:read']\nmax_lifetime = '30d'\n[tokens.{name}.rotate]\nbefore_expiry = '10d'\n\
             overlap = '2m'\n[tokens.{name}.rotate.steps]\ncreate = ['false']\nset = ['true']\ntest = ['true']\n\
             find = ['printf', 'a b c'] \nretire = ['true', '{{handle}}']\n{more}"
        )
        .replace("a b c", "a\\nb\\nc")
    };
    let (claimed, full) = (kind("ci", "claim = ['false']\n"), kind("web", "limit = 2\n"));
    let begin = "version = 1\nscopes.\"repo:read\" = 'Read'\nenvironments.production = {}\n";
    folder.write("below/tokens.toml", format!("{begin}{claimed}{full}"));
    folder.run(&["lock", "--policy", "below/tokens.toml"]).ends(0);
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
    assert_eq!(rows, 8);
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
