//! What each command says, word for word, within 80 columns. `GOLDEN=write` writes the files anew.

use std::fs;
use std::path::PathBuf;

use crate::support::{Folder, POLICY, audit_log, github, password, token};

const LOG: [&str; 3] = ["audit", "--key", "audit.vkey"];

fn service() -> Folder {
    let folder = Folder::repository();
    folder.write("Cargo.toml", "[package]\nname = \"service\"\n");
    folder.write("tokens.toml", POLICY);
    folder.commit_all("first");
    folder
}

#[track_caller]
fn compare(name: &str, folder: &Folder, arguments: &[&str]) {
    let ran = folder.run(arguments);
    let shown = format!(
        "$ tokenctl {}\n{}--- standard error\n{}--- exit code {}\n",
        arguments.join(" "),
        ran.out,
        ran.err,
        ran.code
    );
    let shown = without_times(&shown);
    let wide = shown.lines().skip(1).find(|line| line.chars().count() > 80);
    assert_eq!(wide, None, "wider than 80 columns");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.txt"));
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &shown).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(shown, known, "{}; if it is right, run this test with GOLDEN=write", path.display());
}

/// The times of records, which are now.
fn without_times(text: &str) -> String {
    let line = |line: &str| match (line.split_once(", open for "), line.split_once("since: ")) {
        (Some((head, _)), _) => format!("{head}, open for TIME\n"),
        (None, Some((head, _))) => format!("{head}since: TIME\n"),
        (None, None) => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn help() {
    let folder = Folder::new();
    compare("help", &folder, &["--help"]);
    for name in [
        "init",
        "check",
        "diff",
        "scan",
        "rotate",
        "show",
        "source-id",
        "explain",
        "completions",
        "man",
    ] {
        compare(&format!("help-{name}"), &folder, &[name, "--help"]);
    }
    compare("help-lock", &folder, &["lock", "--help"]);
    for name in ["verify", "log"] {
        compare(&format!("help-lock-{name}"), &folder, &["lock", name, "--help"]);
    }
    compare("help-registry", &folder, &["registry", "--help"]);
    for name in ["init", "mint", "list", "show", "revoke", "prune", "reconcile", "watch"] {
        compare(&format!("help-registry-{name}"), &folder, &["registry", name, "--help"]);
    }
    compare("help-routes-diff", &folder, &["routes", "diff", "--help"]);
    for name in ["verify", "open", "prove", "use", "witness", "key"] {
        compare(&format!("help-audit-{name}"), &folder, &["audit", name, "--help"]);
    }
    compare("usage", &folder, &["nonsense"]);
}

#[test]
fn init() {
    let folder = Folder::repository();
    folder.write("Cargo.toml", "[package]\nname = \"service\"\n");
    compare("init", &folder, &["init", "--hook"]);
    compare("init-again", &folder, &["init"]);
    compare("init-without-rust", &Folder::repository(), &["init", "--ci", "gitlab,shell"]);
}

#[test]
fn check() {
    let folder = service();
    compare("check-clean", &folder, &["check"]);
    let bare =
        POLICY.replace("owner        = \"platform-team\"\n", "").replace("\"1h\"", "\"30d\"");
    folder.write("tokens.toml", bare + "\n[checks]\nmax_lifetime = \"24h\"\n");
    compare("check", &folder, &["check"]);
    folder.write("tokens.toml", POLICY.replace("scopes       =", "scpoes       ="));
    compare("check-invalid", &folder, &["check"]);
    compare("check-missing", &Folder::repository(), &["check"]);
}

#[test]
fn diff() {
    let folder = service();
    compare("diff-equal", &folder, &["diff"]);
    let wide = POLICY
        .replace("\"1h\"", "\"8h\"")
        .replace("[tokens.ci]", "\"repo:write\" = \"Push\"\n[tokens.ci]");
    folder.write("tokens.toml", wide.replace("[\"repo:read\"]", "[\"repo:read\", \"repo:write\"]"));
    compare("diff-wider", &folder, &["diff"]);
    compare("diff-unknown", &folder, &["diff", "nonsense"]);
}

#[test]
fn routes() {
    let folder = service();
    folder.write("routes.txt", "POST /deploy/{repo} scopes=deploy:run kinds=deploy\n");
    folder.commit_all("routes");
    compare("routes-diff-equal", &folder, &["routes", "diff"]);
    let open = "POST /deploy/{repo} scopes= kinds=deploy\nGET /health public=\"load balancer\"\n";
    folder.write("routes.txt", open);
    compare("routes-diff-wider", &folder, &["routes", "diff"]);
    folder.write("routes.txt", "POST /deploy\n");
    compare("routes-diff-invalid", &folder, &["routes", "diff"]);
}

#[test]
fn scan() {
    let folder = service();
    compare("scan-clean", &folder, &["scan"]);
    folder.write("src/main.rs", format!("fn main() {{\n    let t = \"{}\";\n}}\n", token(1)));
    folder.write(".env", format!("GITHUB={}\nDB_PASSWORD={}\n", github(1), password(1)));
    compare("scan", &folder, &["scan"]);
    compare("scan-quiet", &folder, &["scan", "--quiet", "src/main.rs"]);
    compare(
        "scan-suppress-nothing",
        &folder,
        &["scan", "--suppress", "a:b", "--reason", "c", "--until", "2999-01-31"],
    );
}

#[test]
fn explain() {
    let folder = Folder::new();
    for code in [
        "no-owner",
        "own-token",
        "generic-secret",
        "policy-wider",
        "routes-wider",
        "log-edited",
        "lock-not-locked",
        "exit-3",
        "file-too-large",
    ] {
        compare(&format!("explain-{code}"), &folder, &["explain", code]);
    }
    let list = folder.run(&["explain"]).ends(0).out;
    assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    let titles: Vec<&str> =
        list.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
    let known = [
        "Findings in a policy:",
        "Differences of two policies:",
        "Differences of two tables of routes:",
        "Findings in a lock:",
        "Differences of two locks:",
        "Findings of a scan:",
        "Notices of a scan:",
        "Rules of a scan:",
        "Findings in an audit log:",
        "Exit codes:",
    ];
    assert_eq!(titles, known);
    compare("explain-unknown", &folder, &["explain", "no-ownr"]);
}

#[test]
fn audit() {
    let folder = Folder::new();
    let log = audit_log(&folder);
    for name in ["verify", "open", "use"] {
        compare(&format!("audit-{name}"), &folder, &[&["audit", name][..], &LOG].concat());
    }
    fs::remove_dir_all(log.join("tile/entries")).unwrap();
    compare("audit-changed", &folder, &[&["audit", "verify"][..], &LOG].concat());
}
