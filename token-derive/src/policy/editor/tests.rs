//! Packages whose call of `policy!` must be found.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use proc_macro2::Span;
use syn::LitStr;
use tempfile::TempDir;

use super::Package;

const CALL: &str = "token_core::policy!(\"../tokens.toml\");";

#[test]
fn a_call_is_found_in_a_module() {
    let files = [("tokens.toml", "package"), ("src/a/b.rs", "policy!(\"../../tokens.toml\");")];
    assert_eq!(found(&files, "app", "../../tokens.toml"), ["package"]);
}

#[test]
fn a_call_in_a_comment_or_in_documentation_is_none() {
    let comment = format!("//! ```\n//! {CALL}\n//! ```\n// {CALL}\n/* {CALL} */\nfn f() {{}}");
    let files = [
        ("tokens.toml", "package"),
        ("src/main.rs", CALL),
        ("src/a/doc.rs", &comment),
        ("src/tokens.toml", "source"),
    ];
    assert_eq!(found(&files, "app", "../tokens.toml"), ["package"]);
}

#[test]
fn a_call_wins_over_a_mention_and_over_a_place() {
    let files = [
        ("tokens.toml", "package"),
        ("src/lib.rs", CALL),
        ("src/a/mention.rs", "const FILE: &str = \"../tokens.toml\";"),
        ("src/tokens.toml", "source"),
    ];
    assert_eq!(found(&files, "app", "../tokens.toml"), ["package"]);
}

#[test]
fn an_argument_of_another_macro_is_found() {
    let files = [
        ("tokens.toml", "package"),
        ("src/lib.rs", "rules! { policy \"tokens.toml\" }"),
        ("src/tokens.toml", "source"),
    ];
    assert_eq!(found(&files, "app", "tokens.toml"), ["source"]);
}

#[test]
fn a_call_that_is_not_saved_is_guessed_from_the_places() {
    let files = [("tokens.toml", "package"), ("src/lib.rs", "")];
    assert_eq!(found(&files, "app", "../tokens.toml"), ["package"]);
}

#[test]
fn a_test_has_a_policy_of_its_own() {
    let call = "mod rules { badge::policy! { \"tokens.toml\", crate = ::badge } }";
    let files = [
        ("src/lib.rs", call),
        ("src/tokens.toml", "library"),
        ("src/bin/tool-two/main.rs", call),
        ("src/bin/tool-two/tokens.toml", "tool"),
        ("tests/it/main.rs", call),
        ("tests/it/tokens.toml", "test"),
    ];
    assert_eq!(found(&files, "app", "tokens.toml"), ["library"]);
    assert_eq!(found(&files, "it", "tokens.toml"), ["test"]);
    assert_eq!(found(&files, "tool_two", "tokens.toml"), ["tool"]);
}

#[test]
fn two_policies_with_one_path_are_both_returned() {
    let mut files = [
        ("src/a/mod.rs", "policy!(\"tokens.toml\");"),
        ("src/a/tokens.toml", "a"),
        ("src/b/mod.rs", "policy!(\"tokens.toml\");"),
        ("src/b/tokens.toml", "b"),
    ];
    assert_eq!(found(&files, "app", "tokens.toml"), ["a", "b"]);
    files[3].1 = "a";
    assert_eq!(found(&files, "app", "tokens.toml"), ["a"], "one meaning is enough");
}

#[test]
fn other_packages_and_build_folders_are_not_searched() {
    let call = "policy!(\"tokens.toml\");";
    let files = [
        ("src/lib.rs", call),
        ("src/tokens.toml", "package"),
        ("member/Cargo.toml", ""),
        ("member/src/lib.rs", call),
        ("member/src/tokens.toml", "member"),
        ("out/CACHEDIR.TAG", ""),
        ("out/lib.rs", call),
        ("out/tokens.toml", "out"),
        (".git/lib.rs", call),
        (".git/tokens.toml", "git"),
    ];
    assert_eq!(found(&files, "app", "tokens.toml"), ["package"]);
}

#[test]
fn a_file_that_is_nowhere_is_looked_for_in_the_package() {
    let (dir, package) = package(&[("src/lib.rs", CALL)], "app");
    let literal = LitStr::new("../tokens.toml", Span::call_site());
    assert_eq!(package.find(&literal), [dir.path().join("../tokens.toml")]);
}

/// The texts of the policies that are found.
fn found(files: &[(&str, &str)], krate: &str, written: &str) -> Vec<String> {
    let (_dir, package) = package(files, krate);
    let policies = package.find(&LitStr::new(written, Span::call_site()));
    policies.iter().map(|policy| fs::read_to_string(policy).unwrap()).collect()
}

fn package(files: &[(&str, &str)], krate: &str) -> (TempDir, Package) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        fs::write(path, text).unwrap();
    }
    let folder = dir.path().to_path_buf();
    (dir, Package { folder, krate: krate.to_owned() })
}
