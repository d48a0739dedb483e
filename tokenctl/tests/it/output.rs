//! Colours, silence, and readers that go away.

use std::io;

use crate::support::{Folder, POLICY, PROGRAM, github, ran};

#[test]
fn colours_only_where_they_are_wanted() {
    let folder = Folder::new();
    folder.write("tokens.toml", POLICY.replace("owner        = \"platform-team\"\n", ""));
    let plain = folder.run(&["check"]).ends(0);
    assert!(!plain.all().contains('\x1b'));
    let always = folder.run(&["check", "--color", "always"]).ends(0);
    assert!(always.out.starts_with("\x1b[1;33mwarning[no-owner]\x1b[0m: "), "{:?}", always.out);
    assert!(folder.run(&["--color=always", "--help"]).ends(0).out.contains('\x1b'));
    let with = |name: &str, arguments: &[&str]| {
        ran(folder.command(PROGRAM).env(name, "1").args(arguments)).all().contains('\x1b')
    };
    assert!(with("CLICOLOR_FORCE", &["check"]));
    assert!(!with("CLICOLOR_FORCE", &["check", "--color", "never"]));
    assert!(!with("NO_COLOR", &["check"]));
    // Data has no colours, whoever reads it.
    let json = folder.run(&["check", "--color", "always", "--format", "json"]).ends(0);
    assert!(!json.out.contains('\x1b'), "{:?}", json.out);
}

#[test]
fn quiet_leaves_only_the_answer() {
    let folder = Folder::repository();
    folder.write("x.txt", github(1));
    let quiet = folder.run(&["scan", "--quiet"]).ends(1);
    assert!(quiet.err.is_empty() && !quiet.out.is_empty());
    assert!(!folder.run(&["check", "--quiet", "none.toml"]).ends(3).err.is_empty());
    folder.write("tokens.toml", POLICY);
    let verbose = folder.run(&["scan", "--verbose"]).ends(1);
    assert!(verbose.err.contains("tokens of the policy tokens.toml\n"), "{}", verbose.err);
    folder.run(&["scan", "--quiet", "--verbose"]).ends(2);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = Folder::repository();
    folder.write("x.txt", github(1));
    for (arguments, code) in [
        (&["explain"][..], 0),
        (&["scan"], 1),
        (&["--help"], 0),
        (&["completions", "zsh"], 0),
        (&["man"], 0),
    ] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = folder.command(PROGRAM).args(arguments).stdout(writer).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("panicked") && !said.contains("pipe"), "{said}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let folder = Folder::new();
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let output = folder.command(PROGRAM).arg("explain").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn completions_and_manual_pages_have_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.run(&["completions", shell]).ends(0).out;
        assert!(script.contains("suppressions") && script.contains("verify"), "{shell}");
    }
    folder.write("man/x", "");
    folder.run(&["man", "--out", "man"]).ends(0);
    let pages = std::fs::read_dir(folder.path().join("man")).unwrap();
    let mut pages: Vec<String> =
        pages.map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    pages.sort();
    let names = [
        "audit",
        "audit-key",
        "audit-open",
        "audit-prove",
        "audit-use",
        "audit-verify",
        "audit-witness",
        "check",
        "completions",
        "diff",
        "explain",
        "init",
        "lock",
        "lock-log",
        "lock-verify",
        "man",
        "registry",
        "registry-init",
        "registry-list",
        "registry-mint",
        "registry-prune",
        "registry-reconcile",
        "registry-revoke",
        "registry-show",
        "registry-watch",
        "rotate",
        "routes",
        "routes-diff",
        "scan",
        "show",
        "source-id",
    ];
    let mut expected: Vec<String> = names.iter().map(|name| format!("tokenctl-{name}.1")).collect();
    expected.extend(["tokenctl.1".into(), "x".into()]);
    expected.sort();
    assert_eq!(pages, expected);
    let page = folder.read("man/tokenctl-audit-verify.1");
    assert!(page.contains("EXIT STATUS") && !page.contains("Exit codes"), "{page}");
    folder.run(&["man", "--out", "man/x"]).ends(3);
}
