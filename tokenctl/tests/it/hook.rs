//! The git hook, by real commits.

use std::fs;

use crate::support::{Folder, POLICY, Ran, github, ran, shows, token};

const HOOK: &str = ".git/hooks/pre-commit";

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
    fs::create_dir(&bin).unwrap();
    let git =
        String::from_utf8(std::process::Command::new("which").arg("git").output().unwrap().stdout);
    let git = git.unwrap();
    let mut command = folder.command(git.trim_end());
    command.env("PATH", "/usr/bin:/bin").args(["commit", "--quiet", "--message", "x"]);
    let stopped = ran(&mut command).ends(1);
    assert!(stopped.err.contains("tokenctl is not installed, or not on PATH"), "{}", stopped.err);
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
        fs::remove_file(folder.path().join(".git/hooks/pre-commit")).unwrap();
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

/// What git would run is tried, and not what stands in the file.
fn is_stopped(folder: &Folder, seed: u64) -> bool {
    folder.write("leak.txt", github(seed));
    commit(folder).code == 1
}

#[cfg(unix)]
fn set_mode(folder: &Folder, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.path().join(HOOK);
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The text of an earlier version.
fn old_hook() -> String {
    include_str!("../../templates/pre-commit")
        .replace("`tokenctl init --hook`, which also renews it.", "`tokenctl init --hook`.")
        .replace("# A warning stops no commit;", "# Only certain findings stop a commit;")
        .replace("where cargo and pip install.", "where cargo installs.")
        .replace("/bin:$HOME/.local/bin\"", "/bin\"")
        .replace("not installed, or not on PATH, so", "not installed, so")
}

#[cfg(unix)]
#[test]
fn our_hook_of_an_earlier_version_is_renewed_and_one_that_somebody_changed_is_not() {
    for mode in [0o755, 0o644] {
        let folder = Folder::repository();
        folder.write(HOOK, old_hook());
        set_mode(&folder, mode);
        let renewed = folder.run(&["init", "--hook"]).ends(0);
        assert!(renewed.out.ends_with("renewed .git/hooks/pre-commit\n"), "{renewed:?}");
        assert_eq!(folder.read(HOOK), include_str!("../../templates/pre-commit"));
        assert!(is_stopped(&folder, 1));
        assert_eq!(
            fs::read_dir(folder.path().join(".git/hooks"))
                .unwrap()
                .filter(|entry| {
                    let name = entry.as_ref().unwrap().file_name();
                    !name.to_str().unwrap().ends_with(".sample")
                })
                .count(),
            1
        );
    }
    let folder = Folder::repository();
    let changed = old_hook().replace("exec tokenctl", "echo mine; exec tokenctl");
    folder.write(HOOK, &changed);
    let refused = folder.run(&["init", "--hook"]).ends(3);
    assert!(refused.err.contains("is another hook, and was left as it is"), "{refused:?}");
    assert_eq!(folder.read(HOOK), changed);
}

#[cfg(unix)]
#[test]
fn our_hook_that_lost_its_mode_gets_it_back_and_another_is_told() {
    let folder = Folder::repository();
    folder.run(&["init", "--hook"]).ends(0);
    set_mode(&folder, 0o644);
    assert!(!is_stopped(&folder, 1));
    let renewed = folder.run(&["init", "--hook"]).ends(0);
    assert!(renewed.out.ends_with("renewed .git/hooks/pre-commit\n"), "{renewed:?}");
    assert!(is_stopped(&folder, 2));

    folder.write(HOOK, "#!/bin/sh\ntokenctl scan --staged || exit 1\nmake lint\n");
    set_mode(&folder, 0o644);
    let refused = folder.run(&["init", "--hook"]).ends(3);
    assert!(refused.err.contains("chmod +x .git/hooks/pre-commit"), "{refused:?}");
    // What the message says helps.
    set_mode(&folder, 0o755);
    folder.run(&["init", "--hook"]).ends(0);
    assert!(is_stopped(&folder, 3));
}

#[cfg(unix)]
#[test]
fn a_hook_that_is_a_link_is_never_written_through() {
    let folder = Folder::repository();
    folder.write("mine", old_hook());
    let _ = fs::remove_file(folder.path().join(HOOK));
    fs::create_dir_all(folder.path().join(".git/hooks")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("mine"), folder.path().join(HOOK)).unwrap();
    let refused = folder.run(&["init", "--hook"]).ends(3);
    assert!(refused.err.contains("is not executable"), "{refused:?}");
    assert_eq!(folder.read("mine"), old_hook());
}

#[test]
fn what_to_add_is_said_in_the_terms_of_the_program_that_made_the_hook() {
    let made = [
        ("# File generated by pre-commit: https://pre-commit.com", ".pre-commit-config.yaml"),
        ("call_lefthook run \"pre-commit\" \"$@\"", "lefthook.yml"),
    ];
    for (text, advice) in made {
        let folder = Folder::repository();
        folder.write(HOOK, format!("#!/bin/sh\n{text}\n"));
        let refused = folder.run(&["init", "--hook"]).ends(3);
        assert!(refused.err.contains(advice), "{refused:?}");
    }
}

/// husky makes the folder that git is told of anew, and has its scripts run those beside it.
#[test]
fn where_husky_starts_the_hooks_ours_is_one_of_them() {
    let folder = Folder::repository();
    folder.git(&["config", "core.hooksPath", ".husky/_"]);
    let h = "n=$(basename \"$0\"); s=$(dirname \"$(dirname \"$0\")\")/$n; [ ! -f \"$s\" ] && exit 0; sh -e \"$s\" \"$@\"";
    folder.write(".husky/_/h", format!("{h}\n"));
    folder.write(".husky/_/pre-commit", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let made = folder.path().join(".husky/_/pre-commit");
        fs::set_permissions(made, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let wrote = folder.run(&["init", "--hook"]).ends(0);
    assert!(wrote.out.ends_with("wrote .husky/pre-commit\n"), "{wrote:?}");
    assert!(is_stopped(&folder, 1));
    let again = folder.run(&["init", "--hook"]).ends(0);
    assert!(again.out.ends_with("left .husky/pre-commit as it is\n"), "{again:?}");
}

#[test]
fn a_folder_of_hooks_for_all_repositories_is_told() {
    let (folder, all) = (Folder::repository(), Folder::new());
    let hooks = all.path().join("hooks");
    folder.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    let wrote = folder.run(&["init", "--hook"]).ends(0);
    assert!(wrote.err.contains("has all your repositories use"), "{wrote:?}");
    assert!(is_stopped(&folder, 1));
    // Not where it is the repository's own.
    let folder = Folder::repository();
    folder.write("x", "");
    folder.commit_all("first");
    folder.git(&["worktree", "add", "--quiet", "tree"]);
    for below in ["", "tree"] {
        assert!(!folder.run_in(below, &["init", "--hook"]).ends(0).err.contains("note:"));
    }
}
