//! SARIF of every command that writes it. With `SARIF_OUT=FOLDER` the documents are kept, for `.ci/sarif`.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, LATER, LOCKED, POLICY, audit_log, github, password, report, token};

/// A name, what to run, and how many results there are at least.
const RUNS: [(&str, &[&str], usize); 14] = [
    ("check-clean", &["check", "clean.toml"], 0),
    ("check-warnings", &["check", "warned.toml"], 2),
    ("check-invalid", &["check", "invalid.toml"], 1),
    ("diff-equal", &["diff", "clean.toml", "clean.toml"], 0),
    ("diff-wider", &["diff", "clean.toml", "warned.toml"], 1),
    ("diff-removed", &["diff", "clean.toml", "removed.toml"], 1),
    ("diff-revision", &["diff", "HEAD:clean.toml", "removed.toml"], 1),
    ("scan-clean", &["scan", "clean.toml"], 0),
    ("scan", &["scan", "--policy", "clean.toml", "."], 4),
    ("scan-partly", &["scan", "--max-size", "0", "."], 1),
    ("audit-intact", &["audit", "verify", "audit", "--key", "audit.vkey"], 0),
    ("lock-drifted", &["lock", "--check", "--policy", "locked/tokens.toml"], 2),
    ("lock-diff", &["diff", "HEAD:locked/tokens.toml", "./locked/tokens.toml"], 1),
    ("audit-changed", &["audit", "verify", "changed", "--key", "audit.vkey"], 1),
];

fn planted() -> Folder {
    let folder = Folder::repository();
    folder.write("clean.toml", POLICY);
    folder.write("invalid.toml", POLICY.replace("scopes       =", "scpoes       ="));
    let bare =
        POLICY.replace("owner        = \"platform-team\"\n", "").replace("\"1h\"", "\"30d\"");
    // Whoever holds a token, and not only issues it, replaces it.
    let held = bare.replace("rotate ", "source = { env = \"TOKEN\" }\n# rotate ");
    folder.write("warned.toml", held);
    folder.write("locked/tokens.toml", LOCKED);
    folder.run_in("locked", &["lock"]).ends(0);
    folder.commit_all("first");
    folder.write("locked/report.json", report(&[("ci", "production", 1, LATER)]));
    folder.run_in("locked", &["lock", "--report", "report.json"]).ends(0);
    let kept = folder.read("locked/tokens.lock").replace("[web.staging]\n", "");
    folder.write(
        "locked/tokens.lock",
        kept.replace("2100-01-01T00:00:00Z", "never").trim_end().to_owned() + "\n",
    );
    folder.write("removed.toml", "version = 1\n");
    folder.write("a b/ä#%.txt", format!("{}\r\n\t{}\n", token(1), github(1)));
    folder.write("x.py", format!("password = \"{}\"\n", password(1)));
    folder.write(&format!("names/{}", github(2)), "");
    let log = audit_log(&folder);
    copy(&log, &folder.path().join("changed"));
    fs::remove_dir_all(folder.path().join("changed/tile/entries")).unwrap();
    folder
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn every_document_is_whole() {
    let folder = planted();
    for (name, arguments, least) in RUNS {
        let ran = folder.run(&[arguments, &["--format", "sarif"]].concat());
        let document: Value = serde_json::from_str(&ran.out).unwrap();
        let run = &document["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert!(
            results.len() >= least && (least > 0 || results.is_empty()),
            "{name}: {document:#}"
        );
        assert_eq!(run["tool"]["driver"]["name"], "tokenctl");
        is_within_limits(&document, &ran.out);
        let command = arguments[0];
        let category = run["automationDetails"]["id"].as_str().unwrap();
        let expected = if command == "audit" { "audit-verify" } else { command };
        assert_eq!(category, format!("tokenctl/{expected}/"));
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"], "{name}");
        }
        if let Some(out) = std::env::var_os("SARIF_OUT") {
            fs::write(std::path::Path::new(&out).join(format!("{name}.sarif")), ran.out).unwrap();
        }
    }
}

/// The limits that GitHub documents for code scanning, and what it needs: "SARIF results exceed hard limit", "SARIF
/// support for code scanning", "SARIF file too large".
fn is_within_limits(document: &Value, text: &str) {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
    assert!(gzip.finish().unwrap().len() <= 10_000_000);
    assert_eq!(document["version"], "2.1.0");
    let runs = list(document, "runs");
    assert!((1..=20).contains(&runs.len()));
    for run in &runs {
        assert!(list(&run["tool"], "extensions").len() <= 100);
        let rules = list(&run["tool"]["driver"], "rules");
        assert!(rules.len() <= 25_000);
        for rule in &rules {
            assert!(list(&rule["properties"], "tags").len() <= 20);
            assert!(rule["id"].as_str().is_some_and(|id| (1..=255).contains(&id.chars().count())));
            let short = rule["shortDescription"]["text"].as_str().unwrap();
            assert!((1..=1024).contains(&short.chars().count()), "{rule}");
        }
        let results = list(run, "results");
        assert!(results.len() <= 25_000);
        for result in &results {
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            let locations = list(result, "locations");
            assert!((1..=1000).contains(&locations.len()), "{result}");
            let place = &locations[0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            // A path in the repository: not empty, relative, and not of a revision.
            assert!(!uri.is_empty() && !uri.contains("..") && !uri.contains(':'), "{uri}");
            assert!(!uri.contains("HEAD"), "{uri}");
            assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line > 0));
            assert!(result["suppressions"].is_array());
            assert!(list(result, "codeFlows").is_empty());
        }
    }
}
