//! Trees, repositories and readers: what is searched, where findings are, and in which order.

#![allow(
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use std::fs;
use std::path::Path;

use support::{PREFIX, git, github, places, scan, token, write};
use token_scan::{ErrorKind, Scan, Why};

#[test]
fn hidden_and_lock_files_count_and_ignored_ones_do_not() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    write(root, ".env", format!("A=1\nT={}\n", token(1)));
    write(root, "a/Cargo.lock", token(2));
    write(root, "a/.hidden/deep.txt", format!("äö {}", token(3)));
    write(root, "target/x.txt", token(4));
    write(root, ".gitignore", "/target\n");
    write(root, ".ignore", "a\n");
    git(root, &["init", "-q"]);
    write(root, ".git/description", token(5));
    let report = scan().tree(root).unwrap();
    let expected =
        [".env:2:3 own-token", "a/.hidden/deep.txt:1:4 own-token", "a/Cargo.lock:1:1 own-token"];
    assert_eq!(places(&report), expected);
    assert_eq!(report.files(), 5);
    let all = Scan::bare().prefix(PREFIX.parse().unwrap()).gitignored(true).tree(root).unwrap();
    assert!(places(&all).contains(&"target/x.txt:1:1 own-token".to_owned()));
}

/// What is committed is leaked, whatever `.gitignore` says.
#[test]
fn what_git_tracks_counts_even_if_it_is_ignored() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    git(root, &["init", "-q"]);
    write(root, "conf/.env", token(1));
    write(root, "conf/removed.env", token(2));
    write(root, ".gitignore", "*.env\n/target\n");
    write(root, "target/x.txt", token(3));
    git(root, &["add", "-f", "conf", ".gitignore"]);
    fs::remove_file(root.join("conf/removed.env")).unwrap();
    write(root, "conf/untracked.env", token(4));
    assert_eq!(places(&scan().tree(root).unwrap()), ["conf/.env:1:1 own-token"]);
    assert_eq!(places(&scan().tree(root.join("conf")).unwrap()), [".env:1:1 own-token"]);
    let all = Scan::bare().prefix(PREFIX.parse().unwrap()).gitignored(true);
    assert_eq!(all.tree(root).unwrap().findings().len(), 3);
}

/// Somebody else's folder can be named too, with rules of its own.
#[test]
fn a_folder_that_is_elsewhere_is_searched() {
    let (base, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    git(base.path(), &["init", "-q"]);
    git(other.path(), &["init", "-q"]);
    write(base.path(), "a.txt", token(1));
    write(other.path(), "deep/b.txt", token(2));
    write(other.path(), "c.txt", token(3));
    write(other.path(), "ignored/d.txt", token(4));
    write(other.path(), ".gitignore", "/ignored\n");
    let place = |path: &str| format!("{}:1:1 own-token", other.path().join(path).display());
    let both = [base.path(), other.path()];
    let report = scan().trees(base.path(), &both).unwrap();
    let mut expected = ["a.txt:1:1 own-token".to_owned(), place("c.txt"), place("deep/b.txt")];
    expected.sort();
    assert_eq!(places(&report), expected);
    assert!(report.skipped().is_empty(), "{:?}", report.skipped());
    for (path, roots) in [
        ("deep/b.txt", [other.path().join("deep")]),
        ("c.txt", [other.path().join("c.txt")]),
        ("ignored/d.txt", [other.path().join("ignored")]),
    ] {
        let report = scan().trees(base.path(), &roots).unwrap();
        assert_eq!((places(&report), report.skipped()), (vec![place(path)], &[][..]));
    }
}

/// A repository that git refuses to read is scanned, but not as if all were well.
#[test]
fn a_broken_repository_is_told() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), ".git/HEAD", "nothing");
    write(tree.path(), "a.txt", token(1));
    let report = scan().tree(tree.path()).unwrap();
    assert_eq!(places(&report), ["a.txt:1:1 own-token"]);
    assert_eq!(report.skipped().len(), 1);
    assert_eq!((report.skipped()[0].path.as_str(), report.skipped()[0].why), (".git", Why::Untold));
}

#[test]
fn the_order_is_the_same_on_any_number_of_threads() {
    let tree = tempfile::tempdir().unwrap();
    for number in 0..60 {
        write(
            tree.path(),
            &format!("{}/{number}.txt", number % 7),
            format!("{}\n{}", token(number), token(number + 100)),
        );
    }
    let one = Scan::new().prefix(PREFIX.parse().unwrap()).threads(1).tree(tree.path()).unwrap();
    let four = Scan::new().prefix(PREFIX.parse().unwrap()).threads(4).tree(tree.path()).unwrap();
    assert_eq!(one.findings().len(), 120);
    assert_eq!(one.findings(), four.findings());
}

#[test]
fn what_is_too_large_is_told_and_binary_files_have_only_certain_findings() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "large.txt", "x".repeat(2000));
    write(
        tree.path(),
        "a.bin",
        [
            b"\0\0",
            token(1).as_bytes(),
            b"\0",
            github(2).as_bytes(),
            b"\0key-0123456789abcdef0123456789abcde0\0",
        ]
        .concat(),
    );
    let scan = || Scan::new().prefix(PREFIX.parse().unwrap()).max_file_bytes(1000);
    let report = scan().tree(tree.path()).unwrap();
    assert_eq!(places(&report), ["a.bin:1:3 own-token", "a.bin:1:56 github-token"]);
    assert_eq!(report.skipped().len(), 1);
    assert_eq!(
        (report.skipped()[0].path.as_str(), report.skipped()[0].why),
        ("large.txt", Why::TooLarge)
    );
    assert!(scan().binary(false).tree(tree.path()).unwrap().findings().is_empty());
}

#[test]
fn one_file_can_be_the_root_and_a_missing_one_is_an_error() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "a.txt", token(1));
    assert_eq!(scan().tree(tree.path().join("a.txt")).unwrap().findings().len(), 1);
    assert_eq!(scan().tree(tree.path().join("b.txt")).unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn a_reader_is_read_to_its_end_or_to_the_limit() {
    let text = format!("one\ntwo {}\n", token(1));
    let report = scan().reader("<stdin>", text.as_bytes()).unwrap();
    assert_eq!(places(&report), ["<stdin>:2:5 own-token"]);
    let short = Scan::bare().max_file_bytes(10).reader("<stdin>", text.as_bytes()).unwrap();
    assert_eq!(short.skipped()[0].why, Why::TooLarge);
}

#[test]
fn only_what_is_staged_counts() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    git(root, &["init", "-q"]);
    write(root, "old.txt", format!("{}\nline\n", token(1)));
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "one"]);
    assert!(scan().staged(root).unwrap().findings().is_empty());

    write(root, "old.txt", format!("{}\nline\nmore {}\n", token(1), token(2)));
    write(root, "ä \"b\"\t.txt", format!("\n\n{}", token(3)));
    let four = token(4);
    let (a, b) = four.split_at(20);
    write(root, "src/a.rs", format!("fn f() {{\n    g(concat!(\"{a}\",\n    \"{b}\"))\n}}\n"));
    git(root, &["add", "."]);
    write(root, "not_staged.txt", token(5));
    write(root, "old.txt", "removed again, but still staged");
    let report = scan().staged(root).unwrap();
    let expected =
        ["old.txt:3:6 own-token", "src/a.rs:2:16 own-token", "ä \"b\"\t.txt:3:1 own-token"];
    assert_eq!(places(&report), expected);
}

/// The ids of such a repository are longer.
#[test]
fn a_repository_of_sha256_is_as_any_other() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    git(root, &["init", "-q", "--object-format=sha256"]);
    write(root, "a.txt", "a\n");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "one"]);
    write(root, "a.txt", format!("a\n{}\n", token(1)));
    write(root, "b.txt", token(2));
    write(root, "c.txt", token(3));
    git(root, &["add", "."]);
    write(root, "b.txt", "not what is staged");
    let expected = ["a.txt:2:1 own-token", "b.txt:1:1 own-token", "c.txt:1:1 own-token"];
    assert_eq!(places(&scan().staged(root).unwrap()), expected);
    git(root, &["commit", "-qm", "two"]);
    assert_eq!(places(&scan().history(root, "HEAD~1").unwrap()), expected);
}

/// What touches a changed line counts, even if it begins on one that is old.
#[test]
fn a_token_that_a_staged_line_completes_is_found() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    let four = token(4);
    let (a, b) = four.split_at(20);
    git(root, &["init", "-q"]);
    write(root, "a.rs", format!("const T: &str = concat!(\n    \"{a}\",\n);\n"));
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "one"]);
    write(root, "a.rs", format!("const T: &str = concat!(\n    \"{a}\",\n    \"{b}\",\n);\n"));
    git(root, &["add", "."]);
    assert_eq!(places(&scan().staged(root).unwrap()), ["a.rs:2:6 own-token"]);
}

#[test]
fn history_has_what_later_commits_removed() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    git(root, &["init", "-q"]);
    write(root, "before.txt", token(1));
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "before"]);
    git(root, &["tag", "start"]);
    write(root, "leak.txt", format!("a\n{}\n", token(2)));
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "@@ -1 +1 @@\n\ndiff --git a/x b/x\n+++ b/fake.txt\n"]);
    git(root, &["rm", "-q", "leak.txt"]);
    git(root, &["commit", "-qm", "removed"]);
    let report = scan().history(root, "start").unwrap();
    assert_eq!(places(&report), ["leak.txt:2:1 own-token"]);
    assert!(
        report.findings()[0].facts().any(|(name, value)| name == "commit" && value.len() == 12)
    );
    assert!(scan().history(root, "HEAD").unwrap().findings().is_empty());
}

/// A merge can bring in what neither side had.
#[test]
fn history_has_what_a_merge_adds() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    git(root, &["init", "-q"]);
    write(root, "a.txt", "a\n");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "one"]);
    git(root, &["tag", "start"]);
    git(root, &["checkout", "-qb", "side"]);
    write(root, "side.txt", "side\n");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "side"]);
    git(root, &["checkout", "-q", "main"]);
    write(root, "main.txt", "main\n");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "main"]);
    git(root, &["merge", "-q", "--no-commit", "--no-ff", "side"]);
    write(root, "a.txt", format!("a\n{}\n", token(1)));
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "merge"]);
    assert_eq!(places(&scan().history(root, "start").unwrap()), ["a.txt:2:1 own-token"]);
}

#[test]
fn settings_of_the_user_change_nothing() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    git(root, &["init", "-q"]);
    for setting in [
        "diff.noprefix=true",
        "color.ui=always",
        "diff.external=/bin/false",
        "diff.mnemonicPrefix=true",
        "diff.renames=copies",
    ] {
        let (name, value) = setting.split_once('=').unwrap();
        git(root, &["config", name, value]);
    }
    write(root, "a.txt", token(1));
    git(root, &["add", "."]);
    assert_eq!(places(&scan().staged(root).unwrap()), ["a.txt:1:1 own-token"]);
}

#[test]
fn no_repository_and_a_bad_revision_are_errors() {
    let tree = tempfile::tempdir().unwrap();
    assert_eq!(scan().history(tree.path(), "start").unwrap_err().kind(), ErrorKind::Git);
    assert_eq!(scan().history(tree.path(), "--output=x").unwrap_err().kind(), ErrorKind::Git);
    assert!(!tree.path().join("x..HEAD").exists());
}

#[test]
fn a_token_in_the_name_of_a_file_is_found_and_not_shown() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), &format!("backup/{}.txt", token(1)), "nothing");
    let report = scan().tree(tree.path()).unwrap();
    assert_eq!(report.findings().len(), 1);
    assert_eq!(report.findings()[0].code(), "own-token");
    let shown = format!("{report:?}");
    assert!(
        !token(1).as_bytes()[PREFIX.len()..]
            .windows(8)
            .any(|w| shown.contains(std::str::from_utf8(w).unwrap()))
    );
}

/// The call for a test: it fails with what was found in its message, and without the token.
#[test]
fn the_result_fails_with_the_findings() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "src/a.rs", format!("const T: &str = \"{}\";\n", token(1)));
    let call = || -> Result<(), token_scan::Error> {
        Scan::new().policy(&support::policy()).tree(tree.path())?.into_result()?;
        Ok(())
    };
    let message = format!("{:?}", call().unwrap_err());
    assert!(
        message.contains("error[own-token]: a token of kind `deploy` is written here"),
        "{message}"
    );
    assert!(message.contains("--> src/a.rs:1:18"), "{message}");
    assert!(
        !token(1).as_bytes().windows(8).any(|w| message.contains(std::str::from_utf8(w).unwrap()))
    );
    fs::write(tree.path().join("src/a.rs"), "").unwrap();
    call().unwrap();
}

#[test]
fn merged_reports_have_what_both_have() {
    let report = |name: &str, head: &[u8], seed| {
        scan().bytes(name, &[head, b"\n", token(seed).as_bytes()].concat())
    };
    let zip: &[u8] = b"PK\x03\x04\x14\0\0\0";
    let (a, b) = (report("b.zip", zip, 1), report("a.zip", zip, 2));
    let (files, bytes) = (a.files() + b.files(), a.bytes() + b.bytes());
    let one = report("c.xz", b"\xfd7zXZ\0\0\x04", 3);
    let merged = a.merge(b).merge(one);
    assert_eq!((merged.files(), merged.bytes()), (files + 1, bytes + 8 + 53));
    let notices: Vec<String> = merged.notices().iter().map(ToString::to_string).collect();
    assert_eq!(notices, ["3 archives were not opened: 1 xz, 2 zip"]);
    let expected = ["a.zip:2:1 own-token", "b.zip:2:1 own-token", "c.xz:2:1 own-token"];
    assert_eq!(places(&merged), expected);
}

/// Who wants only what is certain gets all of that, and no guess.
#[test]
fn a_result_can_be_about_what_is_certain() {
    let guess = format!("api_key = \"{}\"\n", &token(2)[16..40]);
    let certain = format!("{guess}t = \"{}\"\n", token(1));
    let report = |text: &str| scan().bytes("a.py", text.as_bytes());
    assert_eq!((report(&guess).findings().len(), report(&certain).findings().len()), (1, 2));
    assert!(!report(&guess).has_denied() && report(&certain).has_denied());
    assert_eq!(report(&guess).without_denied().unwrap().findings().len(), 1);
    let leaks = report(&certain).without_denied().unwrap_err();
    assert_eq!((leaks.findings().len(), leaks.findings()[0].code()), (1, "own-token"));
    assert_eq!(report(&certain).into_result().unwrap_err().findings().len(), 2);
}

#[test]
fn the_result_fails_with_what_could_not_be_searched() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "a.rs", "");
    // git tells nothing of a repository that is none.
    write(tree.path(), ".git", "nonsense");
    let report = Scan::new().tree(tree.path()).unwrap();
    for leaks in [report.clone().into_result(), report.without_denied()].map(Result::unwrap_err) {
        assert!(leaks.findings().is_empty());
        assert_eq!(leaks.notices()[0].file(), Some(".git"));
        assert!(leaks.to_string().contains(".git: `git` does not say"), "{leaks}");
    }
}

/// On the project's own sources nothing is found, without a file of suppressions.
#[test]
fn the_project_has_no_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let report = Scan::new().policy(&support::policy()).tree(root).unwrap();
    assert!(report.files() > 100, "{} files", report.files());
    report.into_result().unwrap();
}

#[test]
fn parts_of_a_tree_are_scanned_with_paths_from_its_base() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    write(root, "a/x.txt", token(1));
    write(root, "b/y.txt", token(2));
    write(root, "c/z.txt", token(3));
    let parts = [root.join("a"), root.join("b/y.txt"), root.join("a/x.txt")];
    let report = scan().trees(root, &parts).unwrap();
    assert_eq!(places(&report), ["a/x.txt:1:1 own-token", "b/y.txt:1:1 own-token"]);
    assert_eq!(report.files(), 2);
    let error = scan().trees(root, &[root.join("none")]).unwrap_err();
    assert_eq!(error.to_string(), "none: entity not found");
}

#[test]
fn a_suppression_of_what_was_not_scanned_is_not_unused() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    write(root, "a/x.txt", "nothing");
    write(root, "b/y.txt", token(2));
    let entry = scan().tree(root).unwrap().entries()[0].clone().because("2999-01-31", "a test");
    let text = token_scan::Entry::file(vec![entry.unwrap()]);
    let prefix = token_policy::format::Prefix::parse(PREFIX).unwrap();
    let scan = Scan::new().prefix(prefix).suppressions("x.allow", &text).build().unwrap();
    assert_eq!(places(&scan.trees(root, &[root.join("a")]).unwrap()), [""; 0]);
    fs::remove_file(root.join("b/y.txt")).unwrap();
    assert_eq!(places(&scan.trees(root, &[root.join("a")]).unwrap()), [""; 0]);
    assert_eq!(places(&scan.tree(root).unwrap()), ["x.allow:1:1 suppression-unused"]);
}

#[test]
fn progress_counts_what_was_searched() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "a.txt", "abc");
    write(tree.path(), "b.txt", "de");
    let progress = std::sync::Arc::new(token_scan::Progress::default());
    Scan::new().progress(progress.clone()).tree(tree.path()).unwrap();
    assert_eq!((progress.files(), progress.bytes()), (2, 5));
}

/// An editor and a code host underline the token, and nothing beside it.
#[test]
fn a_finding_has_the_length_of_the_token() {
    let report = scan().bytes("a.txt", format!("ä = {} # ä\n", github(1)).as_bytes());
    let place = report.findings()[0].place().unwrap();
    assert_eq!((place.line(), place.column(), place.characters()), (1, 5, Some(40)));
    let last = scan().bytes("a.txt", github(2).as_bytes());
    assert_eq!(last.findings()[0].place().unwrap().characters(), Some(40));
}

/// Of a path only the token is masked, and all of it, wherever it stands.
#[test]
fn a_token_in_a_path_is_masked_from_its_first_to_its_last_byte() {
    let stars = "*".repeat(40);
    for (path, shown) in [
        (format!("{}.txt", github(1)), format!("{stars}.txt")),
        (format!("a/b {}-c/d.txt", github(2)), format!("a/b {stars}-c/d.txt")),
        (format!("a/{}", github(3)), format!("a/{stars}")),
    ] {
        let report = scan().bytes(&path, b"nothing");
        assert_eq!(report.findings().len(), 1);
        assert_eq!(report.findings()[0].place().unwrap().file(), shown);
        assert!(report.entries().is_empty());
    }
}

#[test]
fn a_token_in_the_name_of_a_skipped_file_is_not_shown() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), &token(5), "too long");
    let report = Scan::new()
        .prefix(token_policy::format::Prefix::parse(PREFIX).unwrap())
        .max_file_bytes(3)
        .tree(tree.path())
        .unwrap();
    let shown = format!("{:?}", report.skipped());
    assert!(
        token(5).as_bytes()[PREFIX.len()..]
            .windows(8)
            .all(|part| { !shown.contains(std::str::from_utf8(part).unwrap()) })
    );
}
