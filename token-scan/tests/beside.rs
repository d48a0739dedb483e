//! What Rust sources declare beside the policy is found, however it is written; tests, comments and texts are not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;
use token_policy::checks::Way;
use token_scan::{Declarations, declarations};

const APP: &str = "token_core::policy!(\"../tokens.toml\");\nfn main() {}\n";
const DERIVE: &str = "#[derive(TokenKind)]\n#[token_kind(name = \"ci\", scopes(A), max_lifetime = \"1h\")]\nenum Ci {}\n";

/// A package with these files besides its policy.
fn package(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = [("Cargo.toml", "[package]\nname = \"a\"\n"), ("tokens.toml", "version = 1\n")];
    for (path, text) in own.iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn searched(folder: &TempDir) -> Declarations {
    let root = folder.path();
    declarations(root, root, &[root.join("tokens.toml")]).unwrap()
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let folder = package(files);
    let all = searched(&folder);
    assert!(all.unread.is_empty(), "{:?}", all.unread);
    let line = |beside: &token_policy::checks::Beside| {
        let place = beside.place();
        let way = match beside.way() {
            Way::DerivedKind { kind } => format!("derived {kind:?}"),
            Way::FurtherPolicy { file } => format!("policy {file:?}"),
            Way::ShadowingModule { module } => format!("module {module}"),
            Way::WrittenGrant { implemented } => format!("impl {implemented}"),
            _ => unreachable!(),
        };
        format!("{}:{}:{} {way}", place.file(), place.line(), place.column())
    };
    all.found.iter().map(line).collect()
}

/// What stands in `src/main.rs` below the call of `policy!`.
fn in_main(text: &str) -> Vec<String> {
    found(&[("src/main.rs", &format!("{APP}{text}"))])
}

#[test]
fn every_way_is_found() {
    for (text, expected) in [
        (DERIVE, "src/main.rs:3:10 derived Some(\"ci\")"),
        ("#[derive(Debug, token_core::TokenKind)] struct X;", "src/main.rs:3:29 derived None"),
        ("#[ derive ( :: token_core :: TokenKind , ) ] struct X;", "src/main.rs:3:30 derived None"),
        ("#[derive(r#TokenKind)] struct X;", "src/main.rs:3:10 derived None"),
        (
            "use token_core::TokenKind as T;\n#[derive(T)] struct X;",
            "src/main.rs:4:10 derived None",
        ),
        (
            "use token_core::{Scope, TokenKind as T};\nuse T as U;\n#[derive(U)] struct X;",
            "src/main.rs:5:10 derived None",
        ),
        (
            "#[token_kind(name = \"b\")]\n#[derive(some::T)] struct X;",
            "src/main.rs:3:3 derived Some(\"b\")",
        ),
        (
            "#[cfg_attr(unix, derive(TokenKind), token_kind(name = \"b\"))] struct X;",
            "src/main.rs:3:25 derived Some(\"b\")",
        ),
        (
            "#[cfg_attr(all(), cfg_attr(unix, derive(TokenKind)))] struct X;",
            "src/main.rs:3:41 derived None",
        ),
        (
            "macro_rules! m { ($d:ident) => { #[derive($d)] #[token_kind(name = \"x\")] enum X {} } }",
            "src/main.rs:3:50 derived Some(\"x\")",
        ),
        ("fn f() { /* é */ #[derive(TokenKind)] struct X; }", "src/main.rs:3:27 derived None"),
        ("#[cfg(not(test))]\n#[derive(TokenKind)] struct X;", "src/main.rs:4:10 derived None"),
        (
            "#[cfg(any(test, feature = \"x\"))]\n#[derive(TokenKind)] struct X;",
            "src/main.rs:4:10 derived None",
        ),
        (
            "mod wide { token_core::policy!(\"../wide.txt\"); }",
            "src/main.rs:3:24 policy Some(\"../wide.txt\")",
        ),
        (
            "mod wide { token_core::policy! { \"../wide.txt\" } }",
            "src/main.rs:3:24 policy Some(\"../wide.txt\")",
        ),
        (
            "mod wide { token_core::policy![r#\"../wide.txt\"#]; }",
            "src/main.rs:3:24 policy Some(\"../wide.txt\")",
        ),
        (
            "mod wide { use token_core::policy; policy ! (\"w\", crate = ::t); }",
            "src/main.rs:3:36 policy Some(\"w\")",
        ),
        (
            "mod wide { use token_core::policy as p; p!(\"w\"); }",
            "src/main.rs:3:41 policy Some(\"w\")",
        ),
        (
            "mod wide { use token_core::{policy as p}; pub use p as q; }\nq!(\"w\");",
            "src/main.rs:4:1 policy Some(\"w\")",
        ),
        ("mod wide { r#policy!(\"w\"); }", "src/main.rs:3:12 policy Some(\"w\")"),
        (
            "macro_rules! m { ($f:literal) => { token_core::policy!($f); } }",
            "src/main.rs:3:48 policy None",
        ),
        ("token_core::policy!(concat!(\"a\", \"b\"));", "src/main.rs:3:13 policy None"),
        (
            "mod ops { mod scope { pub type A = crate::scope::B; } }",
            "src/main.rs:3:15 module scope",
        ),
        ("mod ops { pub(crate) mod r#kind {} }", "src/main.rs:3:26 module kind"),
        ("mod ops { use crate::fake as scope; }", "src/main.rs:3:30 module scope"),
        ("mod ops { use crate::{a, fake as kind}; }", "src/main.rs:3:34 module kind"),
        ("impl token_core::Grants<scope::Admin> for kind::Ci {}", "src/main.rs:3:18 impl Grants"),
        ("impl<T: Fn() -> u8> Grants<fn(T) -> A> for Ci {}", "src/main.rs:3:21 impl Grants"),
        (
            "use token_core::Grants as G;\nimpl G<scope::Admin> for kind::Ci {}",
            "src/main.rs:4:6 impl G",
        ),
        (
            "impl TokenKind for Ci { const COMPILED: &'static C = &X; }",
            "src/main.rs:3:6 impl TokenKind",
        ),
    ] {
        assert_eq!(in_main(text), [expected], "{text}");
    }
}

#[test]
fn what_is_no_declaration_is_not_found() {
    for text in [
        "// #[derive(TokenKind)]\n/* token_core::policy!(\"w\") */\n/// #[derive(TokenKind)]\n//! mod scope {}",
        "const A: &str = \"#[derive(TokenKind)] policy!(\\\"w\\\")\"; const B: &str = r##\"mod scope { \"# }\"##;",
        "use token_core::{TokenKind, policy, Grants}; fn f<K: TokenKind + Grants<scope::A>>() {}",
        "#[derive(Debug, Clone)] struct TokenKindOf; struct policy;",
        "fn f(policy: bool, scope: u8) -> bool { policy != true && scope as u8 == kind::X }",
        "macro_rules! policy { () => {} } policy!();",
        "impl<K: Grants<scope::A>> Trait for Held<K> {} impl Trait<dyn Grants<A>> for X {}",
        "token_core::policy!(\"../tokens.toml\"); mod again { token_core::policy!(\"../src/../tokens.toml\"); }",
        "#[cfg(test)] mod tests { #[derive(TokenKind)] struct X; mod scope {} policy!(\"w\"); }",
        "#[cfg(all(unix, test))] #[derive(TokenKind)] struct X;",
        "#[test] fn f() { #[derive(TokenKind)] struct X; impl Grants<A> for X {} }",
        "#[cfg(test)] token_core::policy!(\"w\", crate = ::c);",
        "#[cfg(test)] fn f<A, B>() { policy!(\"w\"); }",
        "#[cfg_attr(test, derive(TokenKind), token_kind(name = \"x\"))] struct X;",
        "mod inner { #![cfg(test)] policy!(\"w\"); mod scope {} }",
        "fn f() { let c = 'm'; let l: &'static str = \"\"; let b = b\"policy!(\\\"w\\\")\"; }",
    ] {
        assert_eq!(in_main(text), [""; 0], "{text}");
    }
}

/// What is left out ends where the test ends.
#[test]
fn a_test_hides_only_itself() {
    for (before, after) in [
        ("#[cfg(test)] mod tests { struct X { a: u8 } }", ""),
        ("#[cfg(test)] mod tests;", ""),
        ("#[cfg(test)] use a::{b, c};", ""),
        ("#[cfg(test)] const A: [u8; 3] = [1; 3];", ""),
        ("#[cfg(test)] impl<A, B> X<A, B> for Y where A: Z<{ 1 }> {}", ""),
        ("fn f() { match x { #[cfg(test)] 1 => {} #[cfg(test)] 2 => 3,", "} }"),
        ("struct S { #[cfg(test)] a: u8, b: [u8; { ", "3 }] }"),
        ("fn g() { #[cfg(test)] f(1, 2); ", "}"),
        ("fn g(#[cfg(test)] a: u8, b: u8) { ", "}"),
        ("mod inner { mod tests { #![cfg(test)] } ", "}"),
        ("#[cfg(test)] thing!(a, { b });", ""),
    ] {
        let text = format!("{before}\n#[derive(TokenKind)] struct X;\n{after}");
        assert_eq!(in_main(&text), ["src/main.rs:4:10 derived None"], "{text}");
    }
}

#[test]
fn folders_of_tests_are_left_out_unless_other_code_names_their_files() {
    let tests = [
        ("src/lib.rs", APP),
        ("tests/it.rs", DERIVE),
        ("tests/deep/mod.rs", DERIVE),
        ("examples/a.rs", DERIVE),
        ("benches/b.rs", DERIVE),
    ];
    assert_eq!(found(&tests), [""; 0]);
    let derived = |file: &str| vec![format!("{file}:1:10 derived Some(\"ci\")")];
    let with = |path: &'static str, text: &'static str| {
        let mut files = tests.to_vec();
        files.push((path, text));
        found(&files)
    };
    assert_eq!(with("src/a.rs", "#[path = \"../tests/it.rs\"] mod it;"), derived("tests/it.rs"));
    assert_eq!(with("src/b.rs", "include!(\"../examples/a.rs\");"), derived("examples/a.rs"));
    assert_eq!(with("src/tests/c.rs", DERIVE), derived("src/tests/c.rs"), "no folder of cargo's");
    assert_eq!(with("build.rs", DERIVE), derived("build.rs"));
    assert_eq!(with("src/bin/d.rs", DERIVE), derived("src/bin/d.rs"));
    let manifest = "[package]\nname = \"a\"\n[[bin]]\nname = \"b\"\npath = \"examples/a.rs\"\n";
    assert_eq!(with("Cargo.toml", manifest), derived("examples/a.rs"));
    assert_eq!(with("tests/other.rs", "#[path = \"it.rs\"] mod it;"), [""; 0], "a test names it");
    // A file that is no `.rs`, and one that git does not know.
    let files = [("src/main.rs", "include!(\"kinds.inc\");"), ("src/kinds.inc", DERIVE)];
    assert_eq!(found(&files), derived("src/kinds.inc"));
}

#[test]
fn modules_of_tests_are_left_out_unless_other_code_declares_them() {
    let lib = format!("{APP}#[cfg(test)]\nmod checks;\n");
    for file in ["src/checks.rs", "src/checks/mod.rs", "src/checks/deep.rs"] {
        assert_eq!(found(&[("src/lib.rs", &lib), (file, DERIVE)]), [""; 0], "{file}");
    }
    let main = "mod checks;\nfn main() {}\n";
    let derived = ["src/checks.rs:1:10 derived Some(\"ci\")"];
    assert_eq!(
        found(&[("src/lib.rs", &lib), ("src/checks.rs", DERIVE), ("src/main.rs", main)]),
        derived,
        "the program is no test"
    );
    let nested = format!("{APP}mod a {{ #[cfg(test)] pub(crate) mod b; }}\nmod c {{ mod b; }}");
    let files = [("src/lib.rs", &*nested), ("src/a/b.rs", DERIVE), ("src/c/b.rs", DERIVE)];
    assert_eq!(found(&files), ["src/c/b.rs:1:10 derived Some(\"ci\")"]);
}

/// An SDK has a module `scope` of its own, and no policy to hide.
#[test]
fn a_module_is_only_in_the_way_of_a_policy() {
    assert_eq!(found(&[("src/lib.rs", "pub mod scope { }\npub mod kind;")]), [""; 0]);
    let files = [
        ("src/lib.rs", APP),
        ("sdk/Cargo.toml", "[package]\nname = \"sdk\"\n"),
        ("sdk/src/lib.rs", "pub mod scope { }"),
        ("app/Cargo.toml", "[package]\nname = \"app\"\n"),
        ("app/src/lib.rs", "token_core::policy!(\"../../tokens.toml\");\nmod scope {}"),
    ];
    assert_eq!(found(&files), ["app/src/lib.rs:2:5 module scope"]);
}

#[test]
fn a_package_with_a_policy_of_its_own_is_named() {
    let folder = package(&[
        ("src/lib.rs", APP),
        ("other/Cargo.toml", "[package]\nname = \"other\"\n"),
        ("other/tokens.toml", "version = 1\n"),
        ("other/src/lib.rs", DERIVE),
    ]);
    let all = searched(&folder);
    assert_eq!((all.found.len(), all.others), (0, vec!["other".to_owned()]));
    let root = folder.path();
    let both = [root.join("tokens.toml"), root.join("other/tokens.toml")];
    let all = declarations(root, root, &both).unwrap();
    assert_eq!((all.found.len(), all.others.len()), (1, 0));
}

#[test]
fn what_cargo_builds_is_no_source() {
    let files = [
        ("src/lib.rs", APP),
        ("target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n"),
        ("target/debug/build/x.rs", DERIVE),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn an_unreadable_file_is_named() {
    let folder = package(&[("src/lib.rs", APP)]);
    fs::write(folder.path().join("src/latin.rs"), b"// \xe9\n").unwrap();
    assert_eq!(searched(&folder).unread, ["src/latin.rs"]);
    assert!(declarations(&folder.path().join("none"), folder.path(), &[]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever stands around it, a derive in code is found, and damaged sources are read to their end.
    #[test]
    fn noise_hides_nothing(
        before in proptest::collection::vec(NOISE, 0..8),
        after in proptest::collection::vec(NOISE, 0..8),
        damage in "[{}()#!;,'\"a ]{0,6}",
    ) {
        let text = format!("{}\n#[derive(TokenKind)] struct X;\n{}{damage}", before.join(" "), after.join(" "));
        let line = format!("src/main.rs:{}:10 derived None", 4);
        prop_assert_eq!(in_main(&text), [line]);
    }
}

const NOISE: &str = "(fn f\\(\\) \\{\\}|struct S;|use a::b;|/\\* \" \\*/|const A: &str = \"#\\[cfg\\(test\\)\\] mod x \\{\";|\
                     #\\[cfg\\(test\\)\\] mod t \\{\\}|#\\[cfg\\(test\\)\\] fn g<A, B>\\(\\) \\{\\}|impl A for B \\{\\}|'b: loop \\{\\}|const C: char = '\"';)";
