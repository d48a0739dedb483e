//! `scan --suppress`: what is written, and what it needs.

use crate::support::{Folder, POLICY, github, password, token};

const WHY: [&str; 4] = ["--reason", "revoked", "--until", "2999-01-31"];

/// A repository in which a commit has a token that a later one removes.
fn removed() -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.commit_all("base");
    folder.git(&["checkout", "--quiet", "-b", "fix"]);
    folder.write("src/a.txt", format!("t = \"{}\"\n", github(1)));
    folder.write("src/b.txt", format!("t = \"{}\"\n", token(2)));
    folder.commit_all("one");
    folder.write("src/a.txt", "t = load()\n");
    folder.commit_all("two");
    folder
}

#[test]
fn what_only_the_history_has_is_accepted_there() {
    let folder = removed();
    let asked = ["--suppress", "github-token:src/a.txt", "--suppress", "own-token:src/b.txt"];
    let since = ["scan", "--since", "main"];
    folder.run(&since).ends(1);
    folder.run(&[&since[..], &asked[..], &WHY].concat()).ends(0);
    let entries = folder.read("tokens.suppressions");
    assert_eq!(entries.matches(":history 2999-01-31 revoked").count(), 2, "{entries}");
    folder.commit_all("accept");
    for arguments in
        [&["scan", "--deny-warnings"][..], &["scan", "--since", "main", "--deny-warnings"]]
    {
        folder.run(arguments).ends(0);
    }
    // What comes back later with another value is told.
    folder.write("src/a.txt", format!("t = \"{}\"\n", github(9)));
    folder.run(&["scan"]).ends(1);
    // Of the tree, an entry that nothing needs is still told.
    folder.write("src/a.txt", "");
    let plain = folder.read("tokens.suppressions").replace(":history", "");
    folder.write("tokens.suppressions", plain);
    let told = folder.run(&["scan", "--deny-warnings"]).ends(1).out;
    assert!(told.contains("suppression-unused") && told.contains("src/a.txt"), "{told}");
}

#[test]
fn an_end_that_is_no_day_to_come_is_refused_before_anything_is_scanned() {
    let folder = Folder::repository();
    folder.write("a.py", format!("password = \"{}\"\n", password(1)));
    for until in [
        "9999",
        "2020-01-31",
        "2999-02-30",
        "2999-1-31",
        "2999-01-31x",
        "",
        "99999-01-01",
        "tomorrow",
    ] {
        for place in ["generic-secret:a.py", "generic-secret:none.py"] {
            let ran = folder
                .run(&["scan", "--suppress", place, "--reason", "x", "--until", until])
                .ends(2);
            assert!(ran.err.contains("`--until` is no day to come"), "{ran:?}");
        }
    }
    assert!(!folder.path().join("tokens.suppressions").exists());
}

#[test]
fn a_reason_with_a_token_is_not_written() {
    let folder = Folder::repository();
    folder.write("a.py", format!("password = \"{}\"\n", password(1)));
    for secret in [token(1), github(1), format!("was_{}", token(2))] {
        let arguments = [
            "scan",
            "--suppress",
            "generic-secret:a.py",
            "--until",
            "2999-01-31",
            "--reason",
            &secret,
        ];
        let ran = folder.run(&arguments).ends(2);
        assert!(ran.err.contains("there is a token in `--reason`"), "{ran:?}");
    }
    assert!(!folder.path().join("tokens.suppressions").exists());
}

#[test]
fn a_byte_order_mark_is_no_part_of_an_entry() {
    let folder = Folder::repository();
    for name in ["a.py", "b.py"] {
        folder.write(name, format!("password = \"{}\"\n", password(1)));
    }
    let accept =
        |place: &str| folder.run(&[&["scan", "--suppress", place][..], &WHY].concat()).ends(0);
    accept("generic-secret:a.py");
    let marked = format!("\u{feff}{}", folder.read("tokens.suppressions").replace('\n', "\r\n"));
    folder.write("tokens.suppressions", &marked);
    accept("generic-secret:b.py");
    assert!(!folder.read("tokens.suppressions").contains(['\u{feff}', '\r']));
    folder.run(&["scan", "--deny-warnings"]).ends(0);
    folder.write("tokens.suppressions", marked.replace("generic-secret", "generic-secrets"));
    let told = folder.run(&["scan"]).ends(0).out;
    assert!(
        told.contains("suppression-unknown-rule") && told.contains("tokens.suppressions:1:1"),
        "{told}"
    );
}

#[test]
fn sarif_tells_what_is_accepted() {
    let folder = Folder::repository();
    let ignored = format!(
        "password = \"{}\"  # {}ignore(generic-secret) a vector\n",
        password(1),
        "token-scan:"
    );
    folder.write("a.py", ignored);
    folder.write("b.py", format!("password = \"{}\"\n", password(2)));
    folder.write("c.py", format!("password = \"{}\"\n", password(3)));
    folder.run(&[&["scan", "--suppress", "generic-secret:b.py"][..], &WHY].concat()).ends(0);
    let sarif = folder.run(&["scan", "--format", "sarif"]).ends(0).out;
    let log: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let told = |file: &str| {
        let results = log["runs"][0]["results"].as_array().unwrap();
        let uri = "/locations/0/physicalLocation/artifactLocation/uri";
        let of_file = |result: &&serde_json::Value| result.pointer(uri).unwrap() == file;
        results.iter().find(of_file).unwrap()["suppressions"].clone()
    };
    let accepted = |kind: &str, why: &str| serde_json::json!([{ "justification": why, "kind": kind, "status": "accepted" }]);
    assert_eq!(told("a.py"), accepted("inSource", "a vector"));
    assert_eq!(told("b.py"), accepted("external", "revoked"));
    assert_eq!(told("c.py"), serde_json::json!([]));
    let json = folder.run(&["scan", "--format", "json"]).ends(0).out;
    assert!(!json.contains("a.py") && !json.contains("b.py") && json.contains("c.py"), "{json}");
}
