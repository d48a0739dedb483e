//! `audit`: on a real log, and on one that somebody changed.

use std::fs;
use std::path::Path;

use token_audit::{InclusionProof, VerifyingKey};

use crate::support::{Folder, audit_log};

fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

#[test]
fn an_intact_log_is_read_and_not_changed() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    let before = contents(&log);
    let verified = folder.run(&["audit", "verify", "audit", "--key", "audit.vkey"]).ends(0);
    assert_eq!(
        (verified.out.as_str(), verified.err.as_str()),
        ("", "example.com/deploy: 4 records: intact\n")
    );

    let open = folder.run(&["audit", "open", "audit", "--key", "audit.vkey"]).ends(0);
    assert!(open.out.starts_with("3: `deployer`, open for "), "{}", open.out);
    assert!(open.out.contains("    token: 02020202020202020202020202020202\n"), "{}", open.out);
    assert_eq!(open.err, "1 token open\n");
    let json =
        folder.run(&["audit", "open", "audit", "--key", "audit.vkey", "--format", "json"]).ends(0);
    let record = token_audit::Record::parse(json.out.trim_end().as_bytes()).unwrap();
    assert_eq!((record.index, &*record.event.kind), (3, "deployer"));

    let used = folder.run(&["audit", "use", "audit", "--key", "audit.vkey"]).ends(0);
    assert_eq!(
        used.out,
        "ci\n  repo:read   used 12 times\n  repo:write  not used\ndeployer\n  repo:read   not used\n  repo:write  not used\n"
    );
    let json =
        folder.run(&["audit", "use", "audit", "--key", "audit.vkey", "--format", "json"]).ends(0);
    let first: serde_json::Value = serde_json::from_str(json.out.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["kind"], &first["used"]["repo:read"], &first["unused"][0]),
        (&"ci".into(), &12.into(), &"repo:write".into())
    );
    assert_eq!(contents(&log), before);
}

#[test]
fn a_proof_stands_alone() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    folder
        .run(&["audit", "prove", "audit", "2", "--key", "audit.vkey", "--out", "p.tlog-proof"])
        .ends(0);
    let proof: InclusionProof = folder.read("p.tlog-proof").parse().unwrap();
    let key: VerifyingKey = folder.read("audit.vkey").trim_end().parse().unwrap();
    assert!(proof.verify(&key).is_ok());
    let printed = folder.run(&["audit", "prove", "audit", "2", "--key", "audit.vkey"]).ends(0);
    assert_eq!(printed.out, folder.read("p.tlog-proof"));
    folder
        .run(&["audit", "prove", "audit", "2", "--key", "audit.vkey", "--out", "p.tlog-proof"])
        .ends(3);
    folder.run(&["audit", "prove", "audit", "4", "--key", "audit.vkey"]).ends(3);

    fs::rename(&log, folder.path().join("away")).unwrap();
    let checked = folder.run(&["audit", "verify", "p.tlog-proof", "--key", "audit.vkey"]).ends(0);
    assert!(checked.out.contains("\"event\":\"destroyed\""), "{}", checked.out);
    let wrong = folder.read("p.tlog-proof").replacen("index 2", "index 1", 1);
    folder.write("wrong.tlog-proof", wrong);
    folder.run(&["audit", "verify", "wrong.tlog-proof", "--key", "audit.vkey"]).ends(3);
}

#[test]
fn a_log_continues_an_older_checkpoint() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    fs::copy(log.join("checkpoint"), folder.path().join("old")).unwrap();
    let arguments = ["audit", "prove", "audit", "--from", "old", "--key", "audit.vkey"];
    let ran = folder.run(&arguments).ends(0);
    assert!(ran.out.starts_with("old 4\n"), "{}", ran.out);
    folder.run(&["audit", "verify", "audit", "--key", "audit.vkey", "--pinned", "old"]).ends(0);
    folder.write("old", "nonsense");
    folder.run(&arguments).ends(3);
    folder.run(&["audit", "verify", "audit", "--key", "audit.vkey", "--pinned", "old"]).ends(3);
    folder.run(&["audit", "verify", "audit", "--key", "audit.vkey", "--pinned", "none"]).ends(3);
    folder.run(&["audit", "prove", "audit", "--key", "audit.vkey"]).ends(2);
}

#[test]
fn a_changed_log_is_told_with_its_records() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    let entries =
        contents(&log).into_iter().find(|(path, _)| path.to_string_lossy().contains("entries"));
    let (path, bytes) = entries.unwrap();
    let text = String::from_utf8_lossy(&bytes).replacen("deploy-service", "deploy-servant", 1);
    fs::write(path, text.as_bytes()).unwrap();
    let ran = folder.run(&["audit", "verify", "audit", "--key", "audit.vkey"]).ends(1);
    assert!(ran.out.contains("error[log-edited]: record 0 was edited\n"), "{}", ran.out);
    let sarif = folder
        .run(&["audit", "verify", "audit", "--key", "audit.vkey", "--format", "sarif"])
        .ends(1);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "log-edited");
}

#[test]
fn keys_that_do_not_fit() {
    let folder = Folder::new();
    audit_log(&folder);
    let key = folder.read("audit.vkey");
    let other = token_audit::SigningKey::generate("example.com/other").unwrap();
    folder.write("both", format!("# two logs\n{}\n\n{key}", other.verifying_key()));
    folder.run(&["audit", "verify", "audit", "--key", "both"]).ends(0);
    folder.write("other", other.verifying_key().to_string());
    folder.run(&["audit", "verify", "audit", "--key", "other"]).ends(3);
    folder.write("other", "# none\n");
    let empty = folder.run(&["audit", "verify", "audit", "--key", "other"]).ends(3);
    assert!(empty.err.contains("there is no key in this file"), "{}", empty.err);
    folder.run(&["audit", "verify", "none", "--key", "both"]).ends(3);
    folder.run(&["audit", "verify", "audit", "--key", "none"]).ends(3);
    folder.run(&["audit", "verify", "audit"]).ends(2);
}
