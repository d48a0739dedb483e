//! The git hook, by real commits.

use crate::support::{Folder, POLICY, Ran, github, ran, shows, token};

fn commit(folder: &Folder) -> Ran {
    folder.git(&["add", "--all"]);
    ran(folder.command("git").args(["commit", "--quiet", "--message", "x"]))
}

#[test]
fn a_commit_with_a_token_is_stopped_and_a_clean_one_passes() {
    let folder = Folder::repository();
    let installed = folder.run(&["init", "--hook"]).ends(0);
    assert!(installed.out.ends_with("wrote .git/hooks/pre-commit\n"), "{}", installed.out);
    folder.write("tokens.toml", POLICY);
    commit(&folder).ends(0);

    for secret in [github(1), token(1)] {
        folder.write("src/a.txt", format!("key {secret}\n"));
        let stopped = commit(&folder).ends(1);
        assert!(stopped.all().contains("--> src/a.txt:1:5"), "{stopped:?}");
        assert!(!shows(&stopped.all(), &secret));
        assert_eq!(folder.git(&["rev-list", "--count", "HEAD"]), "1\n");
    }
    folder.write("src/a.txt", "key from the environment\n");
    commit(&folder).ends(0);
    assert_eq!(folder.git(&["rev-list", "--count", "HEAD"]), "2\n");

    // What is committed by its path has an index of its own.
    folder.write("src/a.txt", format!("key {}\n", github(2)));
    ran(folder.command("git").args(["commit", "--quiet", "--message", "x", "src/a.txt"])).ends(1);
    ran(folder.command("git").args(["commit", "--quiet", "--all", "--message", "x"])).ends(1);
}

/// A repository can define aliases of cargo, and cargo takes them for the programs of that name.
#[test]
fn an_alias_of_the_repository_does_not_answer_for_the_hook() {
    let folder = Folder::repository();
    folder.run(&["init", "--hook"]).ends(0);
    folder.alias_our_names();
    commit(&folder).ends(0);
    let hook = folder.read(".git/hooks/pre-commit");
    assert!(hook.ends_with("\nexec tokenctl scan --staged\n"), "{hook}");

    folder.write("a.txt", github(1));
    let stopped = commit(&folder).ends(1);
    assert!(stopped.all().contains("--> a.txt:1:1"), "{stopped:?}");
    assert_eq!(folder.git(&["rev-list", "--count", "HEAD"]), "1\n");
}

#[test]
fn without_the_program_nothing_is_committed_unscanned() {
    let folder = Folder::repository();
    folder.run(&["init", "--hook"]).ends(0);
    folder.git(&["add", "--all"]);
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let git =
        String::from_utf8(std::process::Command::new("which").arg("git").output().unwrap().stdout);
    let git = git.unwrap();
    let mut command = folder.command(git.trim_end());
    command.env("PATH", "/usr/bin:/bin").args(["commit", "--quiet", "--message", "x"]);
    let stopped = ran(&mut command).ends(1);
    assert!(stopped.err.contains("tokenctl is not installed"), "{}", stopped.err);
}

#[test]
fn another_hook_is_left_alone() {
    let folder = Folder::repository();
    folder.write(".git/hooks/pre-commit", "#!/bin/sh\n");
    let refused = folder.run(&["init", "--hook"]).ends(3);
    assert!(refused.err.contains("tokenctl scan --staged || exit 1"), "{}", refused.err);
    assert_eq!(folder.read(".git/hooks/pre-commit"), "#!/bin/sh\n");
}

/// The old program may still be installed, and would go on scanning with old rules.
#[test]
fn a_hook_that_calls_the_program_by_its_old_name_is_left_alone_and_told() {
    let old = ["cargo", "token"];
    let ours = include_str!("../../templates/pre-commit").replace("tokenctl", &old.join("-"));
    let theirs = format!("#!/bin/sh\nmake lint\n{} scan --staged || exit 1\n", old.join(" "));
    for hook in [ours, theirs] {
        let folder = Folder::repository();
        folder.write(".git/hooks/pre-commit", &hook);
        let refused = folder.run(&["init", "--hook"]).ends(3);
        let said = "error: .git/hooks/pre-commit calls this program by its old name";
        assert!(refused.err.contains(said), "{}", refused.err);
        assert!(refused.err.contains("run `tokenctl init --hook` again"), "{}", refused.err);
        assert_eq!(folder.read(".git/hooks/pre-commit"), hook);

        // What the message says helps.
        std::fs::remove_file(folder.path().join(".git/hooks/pre-commit")).unwrap();
        folder.run(&["init", "--hook"]).ends(0);
    }
}

#[test]
fn a_second_time_changes_nothing() {
    let folder = Folder::repository();
    folder.run(&["init", "--hook"]).ends(0);
    let again = folder.run(&["init", "--hook"]).ends(0);
    assert!(again.out.ends_with("left .git/hooks/pre-commit as it is\n"), "{}", again.out);
}

#[test]
fn a_policy_below_the_root_is_heeded() {
    let folder = Folder::repository();
    folder.write("it's/tokens.toml", POLICY);
    folder.run_in("it's", &["init", "--hook"]).ends(0);
    commit(&folder).ends(0);
    folder.write("a.txt", token(1));
    let stopped = commit(&folder).ends(1);
    assert!(stopped.all().contains("error[own-token]"), "{stopped:?}");
    let again = folder.run_in("it's", &["init", "--hook"]).ends(0);
    assert!(again.out.ends_with("left .git/hooks/pre-commit as it is\n"), "{}", again.out);
}

#[test]
fn a_working_tree_of_its_own_has_the_same_hooks() {
    let folder = Folder::repository();
    folder.write("x", "");
    folder.commit_all("first");
    folder.git(&["worktree", "add", "--quiet", "tree"]);
    folder.run_in("tree", &["init", "--hook"]).ends(0);
    assert!(folder.path().join(".git/hooks/pre-commit").is_file());
    folder.write("tree/a.txt", github(1));
    let staged = folder.command("git").args(["-C", "tree", "add", "--all"]).status().unwrap();
    assert!(staged.success());
    ran(folder.command("git").args(["-C", "tree", "commit", "--quiet", "--message", "x"])).ends(1);
}

#[test]
fn the_folder_of_hooks_is_gits() {
    let folder = Folder::repository();
    folder.git(&["config", "core.hooksPath", "tools/hooks"]);
    folder.run(&["init", "--hook"]).ends(0);
    assert!(folder.path().join("tools/hooks/pre-commit").is_file());
    folder.write("below/a.txt", github(1));
    commit(&folder).ends(1);
}
