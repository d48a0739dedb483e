//! Which files are searched, compared with what git itself says of them, and which commits.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::{git, places, scan, token, write};
use token_scan::{ErrorKind, Range, Report, Why};

fn repository() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    git(tree.path(), &["init", "-q"]);
    tree
}

fn commit(root: &Path, message: &str) {
    git(root, &["add", "--all", "--force"]);
    git(root, &["commit", "-q", "--allow-empty", "-m", message]);
}

fn said(root: &Path, arguments: &[&str]) -> Vec<u8> {
    Command::new("git").arg("-C").arg(root).args(arguments).output().unwrap().stdout
}

/// The files with a finding.
fn found(report: &Report) -> BTreeSet<String> {
    report.findings().iter().map(|finding| finding.place().unwrap().file().to_owned()).collect()
}

/// A generator of small numbers, so that a failure can be repeated by its seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

const NAMES: &[&str] = &[
    "a",
    "b.env",
    "c.json",
    "target",
    "x y",
    "é",
    "[a]",
    "#b",
    "!c",
    "d\\e",
    "build",
    ".hidden",
    "a.b.c",
    "UPPER",
    "env",
    "{env,json}",
];
const PARTS: &[&str] = &[
    "*",
    "**",
    "?",
    "a",
    "b",
    ".env",
    "*.env",
    "*.{env,json}",
    "[!x]",
    "[^a]",
    "[a-c]",
    "/",
    "/",
    "target",
    "build",
    "!",
    "\\",
    "#",
    " ",
    "é",
    ".",
    "x y",
    "[[:alpha:]]",
    "[",
    "]",
    "{",
    "}",
    "json",
];

fn rules(numbers: &mut Numbers) -> String {
    let mut rules = String::new();
    for _ in 0..=numbers.below(4) {
        let head = numbers.one(&["", "", "", "!", "/", "**/"]);
        let _ = write!(rules, "{head}");
        for _ in 0..=numbers.below(3) {
            rules.push_str(numbers.one(PARTS));
        }
        rules.push_str(numbers.one(&["\n", "\n", "/\n", "\r\n", "/**\n", " \n"]));
    }
    rules
}

/// One random tree: files in folders, rules in some of them, some files tracked. Returns the files that git does not both
/// leave untracked and ignore, and those that a scan has searched.
fn compare(seed: u64) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let tree = repository();
    let root = tree.path();
    for _ in 0..3 + numbers.below(8) {
        let mut path = String::new();
        for _ in 0..numbers.below(3) {
            let _ = write!(path, "{}/", numbers.one(NAMES));
        }
        if numbers.below(4) == 0 && fs::create_dir_all(root.join(&path)).is_ok() {
            let _ = fs::write(root.join(&path).join(".gitignore"), rules(&mut numbers));
        }
        path.push_str(numbers.one(NAMES));
        let whole = root.join(&path);
        // What is a folder already, or below a file, is left out.
        if fs::create_dir_all(whole.parent().unwrap()).is_ok()
            && fs::write(&whole, format!("t = {}\n", token(7))).is_ok()
            && numbers.below(3) == 0
        {
            git(root, &["--literal-pathspecs", "add", "-f", "--", &path]);
        }
    }
    fs::write(root.join(".gitignore"), rules(&mut numbers)).unwrap();
    let listed = said(
        root,
        &["ls-files", "-z", "--cached", "--others", "--exclude-per-directory=.gitignore"],
    );
    let must = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    let must = must.map(|path| String::from_utf8(path.to_vec()).unwrap());
    let must = must.filter(|path| root.join(path).is_file() && !path.ends_with(".gitignore"));
    let report = scan().tree(root).unwrap();
    assert!(report.skipped().is_empty(), "seed {seed}: {:?}", report.skipped());
    (must.collect(), found(&report))
}

/// The long form is `TREES=10000`.
#[test]
fn whatever_git_does_not_leave_out_is_searched() {
    let trees = std::env::var("TREES").ok().and_then(|trees| trees.parse().ok()).unwrap_or(60);
    let mut left_out = 0;
    for seed in 1..=trees {
        let (must, searched) = compare(seed);
        let missed: Vec<&String> = must.difference(&searched).collect();
        assert!(missed.is_empty(), "seed {seed}: {missed:?} of {must:?}");
        // And nothing more: what a build makes would be searched each time.
        let more: Vec<&String> = searched.difference(&must).collect();
        assert!(more.is_empty(), "seed {seed}: {more:?} beyond {must:?}");
        left_out += usize::from(searched.len() < 3);
    }
    assert!(left_out < usize::try_from(trees).unwrap());
}

#[test]
fn braces_are_no_alternatives_in_git() {
    let tree = repository();
    let root = tree.path();
    write(root, ".gitignore", "*.{env,json}\n[!x]key\n");
    for (seed, path) in [(1, "prod.env"), (2, "conf/key.json"), (3, "a/key")] {
        write(root, path, token(seed));
    }
    let all: BTreeSet<String> = ["prod.env", "conf/key.json", "a/key"].map(str::to_owned).into();
    assert_eq!(found(&scan().tree(root).unwrap()), all);
    commit(root, "all");
    assert_eq!(found(&scan().tree(root).unwrap()), all);
}

#[test]
fn a_repository_inside_of_another_has_its_own_rules() {
    let tree = repository();
    let root = tree.path();
    write(root, "vendor/x/.gitignore", "out/\n*.env\n");
    git(&root.join("vendor/x"), &["init", "-q"]);
    write(root, "vendor/x/out/a.txt", token(1));
    write(root, "vendor/x/a.env", token(2));
    write(root, "vendor/x/src/a.txt", token(3));
    git(&root.join("vendor/x"), &["add", "-f", "a.env"]);
    let expected = ["vendor/x/a.env", "vendor/x/src/a.txt"].map(str::to_owned).into();
    assert_eq!(found(&scan().tree(root).unwrap()), expected);
}

#[test]
fn without_git_nothing_is_left_out() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), ".gitignore", "*\n");
    write(tree.path(), "a.txt", token(1));
    let report = scan().tree(tree.path()).unwrap();
    assert_eq!((found(&report).len(), report.skipped().len()), (1, 0));
    write(tree.path(), ".git/HEAD", "nonsense");
    let report = scan().tree(tree.path()).unwrap();
    assert_eq!((found(&report).len(), report.skipped()[0].why), (1, Why::Untold));
}

/// Whoever names an ignored folder wants it searched.
#[test]
fn an_ignored_folder_that_is_named_is_searched() {
    let tree = repository();
    let root = tree.path();
    write(root, ".gitignore", "/target\n");
    write(root, "target/deep/a.txt", token(1));
    for part in ["target", "target/deep", "target/deep/a.txt"] {
        let report = scan().trees(root, &[root.join(part)]).unwrap();
        assert_eq!(found(&report).len(), 1, "{part}");
    }
    assert_eq!(found(&scan().tree(root.join("target/deep")).unwrap()).len(), 1);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn rules_that_are_a_pipe_are_not_waited_for() {
        let tree = repository();
        let root = tree.path();
        write(root, "a/b/x.txt", token(1));
        assert!(
            Command::new("mkfifo").arg(root.join("a/b/.gitignore")).status().unwrap().success()
        );
        let started = Instant::now();
        let report = scan().tree(root).unwrap();
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        assert_eq!((found(&report).len(), report.skipped()[0].why), (1, Why::Untold));
    }

    /// git reads no rules in a folder that it leaves out, so there they may be anything.
    #[test]
    fn rules_that_nobody_reads_may_be_a_pipe() {
        let tree = repository();
        let root = tree.path();
        write(root, ".gitignore", "/target\n");
        write(root, "target/x.txt", token(1));
        write(root, "a.txt", token(2));
        let pipe = root.join("target/.gitignore");
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        let report = scan().tree(root).unwrap();
        assert_eq!(
            (places(&report), report.skipped()),
            (vec!["a.txt:1:1 own-token".into()], &[][..])
        );
    }

    /// An index can have any path. One that leads out, or that a link hides, is not read there.
    #[test]
    fn a_tracked_path_leads_nowhere_else() {
        let outer = tempfile::tempdir().unwrap();
        write(outer.path(), "outside/a.txt", token(1));
        let root = outer.path().join("root");
        write(&root, "a/a.txt", "nothing");
        git(&root, &["init", "-q"]);
        write(&root, ".gitignore", "/a\n");
        commit(&root, "one");
        fs::remove_dir_all(root.join("a")).unwrap();
        symlink("../outside", root.join("a")).unwrap();
        let report = scan().tree(&root).unwrap();
        assert!(found(&report).is_empty());
        assert!(report.skipped().is_empty(), "{:?}", report.skipped());
        assert!(scan().staged(&root).unwrap().findings().is_empty());
    }

    #[test]
    fn pipes_in_a_tree_are_not_opened() {
        let tree = repository();
        write(tree.path(), "a.txt", token(1));
        assert!(Command::new("mkfifo").arg(tree.path().join("pipe")).status().unwrap().success());
        assert_eq!(found(&scan().tree(tree.path()).unwrap()).len(), 1);
    }
}

#[test]
fn the_first_commit_can_be_scanned() {
    let tree = repository();
    let root = tree.path();
    write(root, "a.txt", token(1));
    commit(root, "one");
    git(root, &["tag", "one"]);
    git(root, &["rm", "-q", "a.txt"]);
    commit(root, "two");
    let zeros = "0".repeat(40);
    for since in [
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
        zeros.as_str(),
        &"0".repeat(64),
        &format!("{zeros}..one"),
    ] {
        let report = scan().history(root, since).unwrap();
        assert_eq!(places(&report), ["a.txt:1:1 own-token"], "{since}");
    }
    let whole = Range::whole(root).unwrap();
    assert_eq!(places(&scan().commits(root, &whole).unwrap()), ["a.txt:1:1 own-token"]);
    assert!(scan().history(root, "one").unwrap().findings().is_empty());
}

#[test]
fn a_range_has_two_ends() {
    let tree = repository();
    let root = tree.path();
    for (number, name) in ["zero", "one", "two", "three"].iter().enumerate() {
        write(root, &format!("{name}.txt"), token(u64::try_from(number).unwrap()));
        commit(root, name);
        git(root, &["tag", name]);
    }
    let of = |range: &str| found(&scan().history(root, range).unwrap());
    assert_eq!(of("zero..two"), ["one.txt", "two.txt"].map(str::to_owned).into());
    assert_eq!(of("two"), of("two..HEAD"));
    assert!(of("three..one").is_empty());
    for wrong in ["zero...two", "zero..", "..", "..two", "zero..two..three", "zero ..two"] {
        let error = scan().history(root, wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Git, "{wrong}");
    }
}

/// A tag or a branch that somebody else makes must not change what a name stands for.
#[test]
fn an_ambiguous_name_is_refused_with_both_readings() {
    let tree = repository();
    let root = tree.path();
    write(root, "a.txt", "a");
    commit(root, "one");
    git(root, &["branch", "base"]);
    write(root, "b.txt", token(1));
    commit(root, "two");
    // A file of the name has no say.
    write(root, "base", "a file");
    assert_eq!(found(&scan().history(root, "base").unwrap()).len(), 1);
    git(root, &["tag", "base"]);
    for name in ["base", "base~0", "base^0", "base..HEAD", "HEAD..base"] {
        let error = scan().history(root, name).unwrap_err().to_string();
        assert!(
            error.contains("`refs/tags/base`") && error.contains("`refs/heads/base`"),
            "{error}"
        );
    }
    assert_eq!(found(&scan().history(root, "refs/heads/base").unwrap()).len(), 1);
    assert!(scan().history(root, "refs/tags/base").unwrap().findings().is_empty());
}

#[test]
fn messages_tags_and_notes_are_searched() {
    let tree = repository();
    let root = tree.path();
    write(root, "a.txt", "a");
    commit(root, &format!("before\n\n{}", token(9)));
    git(root, &["tag", "start"]);
    git(root, &["tag", "-m", &token(8), "old"]);
    commit(root, &format!("one\n\nsee {}", token(1)));
    git(root, &["tag", "-m", &format!("two\n\n{}", token(2)), "v1"]);
    git(root, &["notes", "add", "-m", &token(3), "HEAD"]);
    let report = scan().history(root, "start").unwrap();
    let files = found(&report);
    assert_eq!(report.findings().len(), 3, "{files:?}");
    for head in ["commit ", "refs/tags/v1", "refs/notes/commits/"] {
        assert!(files.iter().any(|file| file.starts_with(head)), "{head}: {files:?}");
    }
    let whole = scan().commits(root, &Range::whole(root).unwrap()).unwrap();
    assert_eq!(whole.findings().len(), 5);
    // A name of a commit is none of its message.
    let commit = files.iter().find(|file| file.starts_with("commit ")).unwrap();
    assert_eq!(commit.len(), "commit ".len() + 12);
}

#[test]
fn a_commit_does_not_pass_by_its_size() {
    let tree = repository();
    let root = tree.path();
    commit(root, "one");
    git(root, &["tag", "start"]);
    write(root, "large.txt", format!("{}\n{}", "x".repeat(2000), token(1)));
    git(root, &["add", "--all"]);
    let prefix = support::PREFIX.parse().unwrap();
    let scanner = token_scan::Scan::bare().prefix(prefix).max_file_bytes(1000).build().unwrap();
    let told = |report: &Report| {
        let notices = report.notices();
        assert_eq!(notices.len(), 1);
        (notices[0].code().to_owned(), notices[0].level())
    };
    let large = ("commit-too-large".to_owned(), token_scan::Level::Deny);
    // It is too large in the working tree, too, and there it is a warning.
    assert_eq!(told(&scanner.staged(root).unwrap()), large);
    assert_eq!(told(&scanner.tree(root).unwrap()).0, "file-too-large");
    commit(root, "two");
    git(root, &["rm", "-q", "large.txt"]);
    commit(root, "three");
    assert_eq!(told(&scanner.history(root, "start").unwrap()), large);
    let message = "m".repeat(2000);
    git(root, &["tag", "-f", "start"]);
    commit(root, &message);
    assert_eq!(told(&scanner.history(root, "start").unwrap()), large);
}

/// What is new is what git would show as new, also if a commit brings back an older text.
#[test]
fn lines_that_come_back_are_new() {
    let tree = repository();
    let root = tree.path();
    let with = format!("a\n{}\nb\n", token(1));
    write(root, "a.txt", &with);
    commit(root, "one");
    git(root, &["tag", "start"]);
    write(root, "a.txt", format!("{with}c\n"));
    commit(root, "two");
    assert!(scan().history(root, "start").unwrap().findings().is_empty());
    write(root, "a.txt", "a\nb\nc\n");
    commit(root, "three");
    write(root, "a.txt", format!("{with}c\n"));
    commit(root, "four");
    assert_eq!(places(&scan().history(root, "start").unwrap()), ["a.txt:2:1 own-token"]);
}

/// A history does not pass because little of it was fetched.
#[test]
fn a_history_that_goes_on_elsewhere_is_told() {
    let tree = repository();
    let root = tree.path();
    for number in 1..=4 {
        write(root, "a.txt", if number == 2 { token(1) } else { number.to_string() });
        commit(root, "one");
    }
    let clone = tempfile::tempdir().unwrap();
    let from = format!("file://{}", root.display());
    git(clone.path(), &["clone", "-q", "--depth", "2", &from, "clone"]);
    let clone = clone.path().join("clone");
    let whys = |range: &str| -> Vec<Why> {
        let report = scan().history(&clone, range).unwrap();
        report.skipped().iter().map(|skipped| skipped.why).collect()
    };
    assert_eq!(whys(&"0".repeat(40)), [Why::Shallow]);
    let report = scan().history(&clone, &"0".repeat(40)).unwrap();
    assert_eq!(report.notices()[0].level(), token_scan::Level::Deny);
    // What is after the end of the clone is here.
    assert!(whys("HEAD~1").is_empty());
    git(&clone, &["fetch", "-q", "--unshallow"]);
    assert!(whys(&"0".repeat(40)).is_empty());
    assert_eq!(found(&scan().history(&clone, &"0".repeat(40)).unwrap()).len(), 1);
}

/// git says more than that there is no such commit.
#[test]
fn what_git_says_of_a_repository_is_told() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), ".git", "gitdir: nowhere");
    for error in [
        scan().history(tree.path(), "HEAD").unwrap_err(),
        token_scan::commit(tree.path(), "HEAD").unwrap_err(),
        scan().staged(tree.path()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Git);
        assert!(error.to_string().contains("not a git repository"), "{error}");
    }
}

/// The limit is the largest size that is searched, wherever a text comes from.
#[test]
fn what_is_as_large_as_the_limit_is_searched() {
    let tree = repository();
    let root = tree.path();
    commit(root, "one");
    let text = token(1);
    write(root, "a.txt", &text);
    git(root, &["add", "--all"]);
    let most = u64::try_from(text.len()).unwrap();
    let scanner = |most| {
        let prefix = support::PREFIX.parse().unwrap();
        token_scan::Scan::bare().prefix(prefix).max_file_bytes(most).build().unwrap()
    };
    let searched = |report: Report| (report.findings().len(), report.skipped().len());
    let everywhere = |what: &str| {
        for (most, expected) in [(most, (1, 0)), (most - 1, (0, 1))] {
            let scanner = scanner(most);
            assert_eq!(searched(scanner.tree(root).unwrap()), expected, "tree {what}");
            assert_eq!(searched(scanner.reader("a", text.as_bytes()).unwrap()), expected, "reader");
        }
    };
    everywhere("with what is staged");
    let staged = |most| searched(scanner(most).staged(root).unwrap());
    assert_eq!((staged(most), staged(most - 1)), ((1, 0), (0, 1)));
    // The staged text no longer stands in the working tree, so git is asked for it.
    write(root, "a.txt", "other");
    assert_eq!((staged(most), staged(most - 1)), ((1, 0), (0, 1)));
    write(root, "a.txt", &text);
    git(root, &["commit", "-q", "-m", "two"]);
    let since = |most, range: &str| searched(scanner(most).history(root, range).unwrap());
    assert_eq!(since(most.max(1000), "HEAD~1"), (1, 0));
    assert_eq!(since(most - 1, "HEAD~1").0, 0);
    // A message: the object of an annotated tag has a head before it.
    git(root, &["tag", "-m", &format!("{text}\n\n{}", "m".repeat(100)), "v1"]);
    let tag = u64::try_from(said(root, &["cat-file", "tag", "v1"]).len()).unwrap();
    let commit = u64::try_from(said(root, &["cat-file", "commit", "HEAD"]).len()).unwrap();
    assert!(tag > commit, "{tag} {commit}");
    assert_eq!((since(tag, "HEAD~1"), since(tag - 1, "HEAD~1")), ((2, 0), (1, 1)));
}
