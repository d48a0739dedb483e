//! A crate that forbids lints compiles. A forbidden lint cannot be allowed again, not even in generated code.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

const MANIFEST: &str = r#"
[package]
name = "forbidden"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
token-core = { path = 'ROOT/token-core' }
sdk = { path = 'ROOT/tests/sdk' }

[workspace]
"#;

const POLICY: &str = r#"
version = 1

[scopes]
"own:read"  = "Ours, with [no link] and <no tag>"
"own:write" = { description = "Write", implies = ["own:read"] }
"repo:read" = { type = "sdk::scope::RepoRead" }
"x.y"       = { type = "crate::Beside" }

[tokens.ci]
owner        = "platform-team"
scopes       = ["repo:read", "own:write"]
max_lifetime = "1h"
source       = { command = ["vault", "read"], timeout = "5s" }
rotate       = { before_expiry = "10m", overlap = "2m" }
format       = "acme_deploy"

[tokens.once]
owner        = "platform-team"
scopes       = ["own:read", "x.y"]
max_lifetime = "1h"
audience     = "https://api.example.com"
uses         = "once"
"#;

/// All of it is the user's own code, and clean. Most of the policy is not used.
const PROGRAM: &str = r#"
token_core::policy!("tokens.toml");

/// A scope beside the policy.
#[derive(Clone, Copy, Debug, token_core::Scope)]
#[scope("x.y")]
#[non_exhaustive]
pub enum Beside {}

/// A kind beside the policy.
#[derive(Clone, Copy, Debug, token_core::TokenKind)]
#[token_kind(name = "by-hand", scopes(Beside), max_lifetime = "1h", uses = "once")]
#[non_exhaustive]
pub enum ByHand {}

/// An operation.
#[derive(Clone, Copy, Debug, token_core::RequireScopes)]
#[require(scope::RepoRead)]
#[non_exhaustive]
pub struct List;

/// An operation that holds tokens.
#[derive(Debug, token_core::RequireScopes)]
#[require(scope::RepoRead, max_lifetime = "2h")]
#[non_exhaustive]
pub struct Holder<'a, T: ?Sized> {
    /// Its token.
    pub token: token_core::Token<kind::Ci>,
    /// Something else.
    pub other: &'a T,
}

mod private {
    token_core::policy!("tokens.toml");
}
"#;

/// Of the lints that are `allow`, those that speak of this program and not of what a macro writes.
const OF_THE_PROGRAM: [&str; 2] = ["linker_messages", "unused_crate_dependencies"];
const GROUPS: [&str; 4] = ["warnings", "unused", "nonstandard_style", "future_incompatible"];
const NAMED: [&str; 5] =
    ["dead_code", "unused_imports", "missing_docs", "unreachable_pub", "non_camel_case_types"];
const CLIPPY: [&str; 6] = [
    "clippy::all",
    "clippy::pedantic",
    "clippy::nursery",
    "clippy::exhaustive_enums",
    "clippy::exhaustive_structs",
    "clippy::pub_use",
];

#[test]
fn every_lint_of_the_compiler_may_be_forbidden() {
    let allowed = allowed_lints();
    assert!(allowed.len() > 40, "the compiler lists only {} lints that it allows", allowed.len());
    is_clean("check", &allowed.iter().map(String::as_str).collect::<Vec<_>>());
    is_clean("check", &NAMED);
    for group in GROUPS {
        is_clean("check", &[group]);
    }
}

#[test]
fn lints_of_clippy_and_rustdoc_may_be_forbidden() {
    for lint in CLIPPY {
        is_clean("clippy", &[lint]);
    }
    is_clean("doc", &["rustdoc::all", "missing_docs"]);
}

/// A library and a program that forbid `lints` give neither an error nor a warning.
fn is_clean(command: &str, lints: &[&str]) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("forbidden").join(command);
    fs::create_dir_all(folder.join("src")).unwrap();
    let root = tests.parent().unwrap().to_str().unwrap();
    fs::write(folder.join("Cargo.toml"), MANIFEST.replace("ROOT", root)).unwrap();
    fs::write(folder.join("src/tokens.toml"), POLICY).unwrap();
    fs::copy(tests.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let head = format!("//! Forbids.\n#![forbid({})]\n", lints.join(", "));
    fs::write(folder.join("src/lib.rs"), format!("{head}{PROGRAM}")).unwrap();
    fs::write(folder.join("src/main.rs"), format!("{head}{PROGRAM}\nfn main() {{}}\n")).unwrap();

    let Output { status, stderr, .. } = cargo(command, &folder);
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success() && said.is_empty(), "{lints:?}: {said}");
}

fn cargo(command: &str, folder: &Path) -> Output {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args([command, "--quiet", "--offline"]).current_dir(folder);
    if command == "doc" {
        cargo.args(["--no-deps", "--lib"]).env("RUSTDOCFLAGS", "-D warnings");
    }
    cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("forbidden-target"));
    cargo.output().unwrap()
}

/// The lints that are `allow` unless a crate says otherwise, and that this compiler knows.
fn allowed_lints() -> Vec<String> {
    let rustc = |args: &[&str]| {
        let output = Command::new("rustc").args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let listed = rustc(&["-W", "help"]);
    let listed = listed.lines().take_while(|line| !line.starts_with("Lint groups"));
    let names = listed.filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?.replace('-', "_");
        (words.next() == Some("allow")).then_some(name)
    });
    names.filter(|name| !OF_THE_PROGRAM.contains(&name.as_str()) && is_stable(name)).collect()
}

/// The compiler calls a lint that only a nightly compiler knows "unknown".
fn is_stable(lint: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--crate-name", "lint", "--crate-type", "lib", "--emit", "metadata", "-o"])
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint.rmeta"))
        .args(["-D", "unknown_lints", "-A", lint, "-"])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    output.status.success()
}
