//! The name of a source: a lock does not change it, everything else does, and nothing is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{Folder, POLICY, Ran};

fn service() -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.write("src/main.rs", "fn main() {}\n");
    folder.write(".gitignore", "/target\n*.log\n");
    folder.commit_all("first");
    folder
}

#[track_caller]
fn id(folder: &Folder, arguments: &[&str]) -> String {
    id_in(folder, "", arguments)
}

#[track_caller]
fn id_in(folder: &Folder, below: &str, arguments: &[&str]) -> String {
    let ran = folder.run_in(below, &[&["source-id"][..], arguments].concat()).ends(0);
    assert_eq!(ran.err, "");
    ran.out
}

/// The id that git itself gives for the tree of the last commit.
fn tree(folder: &Folder) -> String {
    format!("git:{}", folder.git(&["rev-parse", "HEAD^{tree}"]))
}

#[track_caller]
fn refused(folder: &Folder, names: &[&str]) -> Ran {
    let ran = folder.run(&["source-id"]).ends(1);
    assert_eq!(ran.out, "", "a script would take it for an id");
    for name in names {
        assert!(ran.err.contains(&format!("\n  {name}\n")), "{name}: {}", ran.err);
    }
    ran
}

/// All files of the repository's own folder, and their bytes.
fn state(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => _ = files.insert(path.display().to_string(), fs::read(&path).unwrap()),
            }
        }
    }
    files
}

#[test]
fn without_a_lock_it_is_the_tree_that_git_names() {
    let folder = service();
    assert_eq!(id(&folder, &[]), tree(&folder));
    assert_eq!(id_in(&folder, "src", &[]), tree(&folder));
    assert_eq!(id(&folder, &["--rev", "HEAD"]), tree(&folder));
}

#[test]
fn a_lock_does_not_change_it_whatever_it_says() {
    let folder = service();
    let without = id(&folder, &[]);
    let before = state(&folder.path().join(".git"));
    folder.write("tokens.lock", "version = 1\n");
    assert_eq!(id(&folder, &[]), without, "a new lock");
    assert_eq!(state(&folder.path().join(".git")), before, "something was written");
    folder.commit_all("lock");
    assert_eq!(id(&folder, &[]), without);
    assert_ne!(tree(&folder), without, "git counts the lock");
    folder.write("tokens.lock", "something else\n");
    assert_eq!(id(&folder, &[]), without, "a changed lock");
    folder.git(&["add", "tokens.lock"]);
    assert_eq!(id(&folder, &[]), without, "a staged lock");
    fs::remove_file(folder.path().join("tokens.lock")).unwrap();
    assert_eq!(id(&folder, &[]), without, "a lock that is gone");
}

#[test]
fn only_a_lock_beside_a_policy_is_left_out() {
    let folder = service();
    folder.write("docs/tokens.lock", "an example\n");
    refused(&folder, &["docs/tokens.lock"]);
    folder.commit_all("a file of that name");
    assert_eq!(id(&folder, &[]), tree(&folder));
    folder.write("my-tokens.lock", "another\n");
    refused(&folder, &["my-tokens.lock"]);
    folder.commit_all("another");
    assert_eq!(id(&folder, &[]), tree(&folder));
    // A monorepo.
    folder.write("b/tokens.toml", POLICY);
    folder.commit_all("b");
    let without = id(&folder, &[]);
    folder.write("b/tokens.lock", "version = 1\n");
    folder.write("tokens.lock", "version = 1\n");
    folder.commit_all("locks");
    assert_eq!(id(&folder, &[]), without);
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_no_regular_file_is_refused() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = service();
    folder.write("tokens.lock", "version = 1\n");
    let lock = folder.path().join("tokens.lock");
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o755)).unwrap();
    folder.commit_all("a program");
    let said = folder.run(&["source-id"]).ends(3);
    assert!(said.err.contains("tokens.lock: this lock is no regular file"), "{said:?}");
    fs::remove_file(&lock).unwrap();
    symlink("src/main.rs", &lock).unwrap();
    // Not yet committed: it differs, and is no lock.
    folder.git(&["rm", "--cached", "--quiet", "tokens.lock"]);
    folder.git(&["commit", "--quiet", "--message", "no lock"]);
    refused(&folder, &["tokens.lock"]);
    folder.commit_all("a link");
    folder.run(&["source-id"]).ends(3);
    folder.run(&["source-id", "--rev", "HEAD"]).ends(3);
}

#[test]
fn what_nobody_reviewed_is_refused_by_name() {
    let folder = service();
    folder.write("target/output", "built\n");
    folder.write("a.log", "ignored\n");
    id(&folder, &[]);

    folder.write("src/main.rs", "fn main() { }\n");
    folder.write("src/new.rs", "");
    refused(&folder, &["src/main.rs", "src/new.rs"]);
    id(&folder, &["--rev", "HEAD"]);
    folder.git(&["add", "src"]);
    refused(&folder, &["src/main.rs", "src/new.rs"]);
    folder.commit_all("second");
    id(&folder, &[]);

    fs::remove_file(folder.path().join("src/new.rs")).unwrap();
    refused(&folder, &["src/new.rs"]);
    folder.git(&["checkout", "--quiet", "src/new.rs"]);

    // The index says that the file is unchanged, and a rule that nobody reviews says that the other is ignored.
    for mark in ["--assume-unchanged", "--skip-worktree"] {
        folder.git(&["update-index", mark, "src/main.rs"]);
        folder.write("src/main.rs", format!("fn main() {{ /* {mark} */ }}\n"));
        refused(&folder, &["src/main.rs"]);
        folder.git(&["update-index", &mark.replace("--", "--no-"), "src/main.rs"]);
        folder.git(&["checkout", "--quiet", "src/main.rs"]);
    }
    folder.write(".git/info/exclude", "*.hidden\n");
    folder.write("src/a.hidden", "");
    refused(&folder, &["src/a.hidden"]);
    // As is a rule that is not committed.
    folder.write("src/.gitignore", "*.hidden\n");
    refused(&folder, &["src/.gitignore"]);
}

#[test]
fn many_files_are_counted_and_some_named() {
    let folder = service();
    for number in 0..30 {
        folder.write(&format!("new/{number:02}"), "");
    }
    let said = refused(&folder, &["new/00", "new/19"]);
    assert!(said.err.contains("30 files") && said.err.contains("and 10 more"), "{said:?}");
}

#[test]
fn it_is_the_same_in_each_kind_of_repository() {
    let folder = service();
    folder.write("tokens.lock", "version = 1\n");
    folder.commit_all("lock");
    let expected = id(&folder, &[]);
    let from = folder.path().to_str().unwrap();
    let copies = Folder::new();
    let url = format!("file://{from}");
    copies.git(&["clone", "--quiet", "--depth=1", &url, "shallow"]);
    copies.git(&["clone", "--quiet", "--shared", from, "sha:red"]);
    copies.git(&["clone", "--quiet", "--bare", from, "bare"]);
    folder.git(&["worktree", "add", "--quiet", copies.path().join("tree").to_str().unwrap()]);
    for name in ["shallow", "sha:red", "tree", "tree/src"] {
        assert_eq!(id_in(&copies, name, &[]), expected, "{name}");
    }
    assert_eq!(id_in(&copies, "bare", &["--rev", "HEAD"]), expected);

    let sha256 = Folder::new();
    sha256.git(&["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]);
    sha256.write("tokens.toml", POLICY);
    sha256.commit_all("first");
    let without = id(&sha256, &[]);
    assert_eq!((without.len(), &without), (4 + 64 + 1, &tree(&sha256)));
    sha256.write("tokens.lock", "version = 1\n");
    sha256.commit_all("lock");
    assert_eq!(id(&sha256, &[]), without);
}

#[test]
fn a_submodule_counts_by_its_commit_and_its_state() {
    let (folder, library) = (service(), service());
    let from = library.path().to_str().unwrap();
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, "library"];
    folder.git(&add);
    folder.commit_all("library");
    folder.write("tokens.lock", "version = 1\n");
    let with = id(&folder, &[]);
    assert_eq!(with, tree(&folder));
    folder.write("library/src/main.rs", "changed\n");
    refused(&folder, &["library"]);
}

#[test]
fn settings_of_the_repository_start_nothing_and_change_nothing() {
    let folder = service();
    folder.write("tokens.lock", "version = 1\n");
    folder.commit_all("lock");
    let expected = id(&folder, &[]);
    let ran = folder.path().join("ran");
    let hook = format!("#!/bin/sh\ntouch '{}'\n", ran.display());
    folder.write(".git/hooks/post-index-change", &hook);
    folder.write(".git/hooks/fsmonitor", &hook);
    #[cfg(unix)]
    for name in ["post-index-change", "fsmonitor"] {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.path().join(".git/hooks").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (name, value) in [
        ("core.fsmonitor", ".git/hooks/fsmonitor"),
        ("core.splitIndex", "true"),
        ("core.untrackedCache", "true"),
        ("core.sparseCheckout", "true"),
        ("index.sparse", "true"),
        ("core.quotePath", "false"),
        ("status.showUntrackedFiles", "no"),
        ("diff.ignoreSubmodules", "all"),
    ] {
        folder.git(&["config", name, value]);
    }
    folder.write(".git/info/sparse-checkout", "/src/\n");
    let before = state(&folder.path().join(".git"));
    assert_eq!(id(&folder, &[]), expected);
    assert_eq!(state(&folder.path().join(".git")), before);
    assert!(!ran.exists(), "a hook ran");
}

#[test]
fn what_is_no_commit_is_no_answer() {
    let said = Folder::new().run(&["source-id"]).ends(3);
    assert!(said.out.is_empty() && said.err.contains("error: "), "{said:?}");
    let said = Folder::repository().run(&["source-id"]).ends(3);
    assert!(said.err.contains("git knows no commit `HEAD` here"), "{said:?}");
    let folder = service();
    for wrong in ["none", "--output=x", "HEAD:src", "HEAD..HEAD"] {
        let said = folder.run(&["source-id", &format!("--rev={wrong}")]);
        assert!(said.code == 3 && said.out.is_empty(), "{wrong}: {said:?}");
    }
}

/// Random changes of random files. Only those of locks beside a policy leave the id as it is, and git agrees: the id is
/// that of the tree which git makes when the locks are removed.
#[test]
fn each_change_but_that_of_a_lock_changes_it() {
    const NAMES: &[&str] = &[
        "tokens.toml",
        "tokens.lock",
        "a/tokens.toml",
        "a/tokens.lock",
        "b/tokens.lock",
        "b/c/tokens.lock",
        "src/main.rs",
        "Tokens.lock",
        "tokens.lock.bak",
        "\u{fc} \"x\".txt",
    ];
    let folder = service();
    let mut random = fastrand::Rng::with_seed(1);
    for round in 0..24 {
        let name = NAMES[random.usize(..NAMES.len())];
        let before = id(&folder, &["--rev", "HEAD"]);
        let without = locks_removed(&folder);
        assert_eq!(before, without, "round {round}");
        match folder.path().join(name).exists() && random.u8(..4) == 0 {
            true => fs::remove_file(folder.path().join(name)).unwrap(),
            false => folder.write(name, format!("round {round}\n")),
        }
        folder.commit_all("change");
        let is_lock = matches!(name, "tokens.lock" | "a/tokens.lock")
            && folder.path().join(name).with_extension("toml").exists();
        let after = id(&folder, &[]);
        let _ = is_lock && assert_same(&before, &after, name);
        assert!(is_lock || before != after, "round {round}: {name}");
    }
}

fn assert_same(before: &str, after: &str, name: &str) -> bool {
    assert_eq!(before, after, "{name}");
    true
}

/// The id of the tree that a commit without the locks would have.
fn locks_removed(folder: &Folder) -> String {
    let index = folder.path().join(".git/apart");
    let git = |arguments: &[&str]| {
        let mut git = folder.command("git");
        crate::support::ran(git.args(arguments).env("GIT_INDEX_FILE", &index)).ends(0).out
    };
    git(&["read-tree", "HEAD"]);
    let tracked = git(&["ls-files"]);
    for policy in tracked.lines().filter(|name| name.rsplit('/').next() == Some("tokens.toml")) {
        let lock = policy.replace("tokens.toml", "tokens.lock");
        git(&["rm", "--quiet", "--cached", "--ignore-unmatch", "--", &lock]);
    }
    format!("git:{}", git(&["write-tree"]))
}
