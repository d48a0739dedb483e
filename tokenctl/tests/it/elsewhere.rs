//! `scan` of what does not stand in the repository in which it is started: its own policy and suppressions count.

use crate::support::{Folder, POLICY, PROGRAM, Ran, github, ran, token};

/// Starts a scan in `from`, of these paths of `folder`.
fn scan(from: &Folder, folder: &Folder, paths: &[&str], more: &[&str]) -> Ran {
    let mut command = from.command(PROGRAM);
    command.arg("scan").args(paths.iter().map(|path| folder.path().join(path))).args(more);
    ran(&mut command)
}

/// A repository with a policy at its root, and a leaked token of it.
fn leaky() -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.write("src/leak.txt", token(1));
    folder.commit_all("leak");
    folder
}

/// Where a scan may be started: in no repository, and in one of its own.
fn places() -> [Folder; 2] {
    let other = Folder::repository();
    other.write("tokens.toml", POLICY.replace("acmecorp_ci", "othercorp_ci"));
    [Folder::new(), other]
}

const ACCEPT: [&str; 6] = [
    "--suppress",
    "own-token:src/leak.txt",
    "--reason",
    "ended at the issuer",
    "--until",
    "2999-01-31",
];

#[test]
fn the_policy_of_what_is_scanned_counts() {
    for from in places() {
        let folder = leaky();
        for paths in [&[""][..], &["src"], &["src/leak.txt"], &["src", "tokens.toml"]] {
            let found = scan(&from, &folder, paths, &[]).ends(1);
            assert!(found.out.contains("a token of kind `ci` is written here"), "{found:?}");
            assert!(found.out.contains("--> src/leak.txt:1:1\n"), "{found:?}");
        }
        folder.write("src/leak.txt", token(1).replace("acmecorp", "othercorp"));
        scan(&from, &folder, &[""], &[]).ends(0);
    }
}

#[test]
fn an_invalid_policy_of_what_is_scanned_is_no_answer() {
    for from in places() {
        let folder = leaky();
        folder.write("tokens.toml", "version = 2\n");
        for path in ["", "src", "src/leak.txt"] {
            let refused = scan(&from, &folder, &[path], &[]).ends(3);
            assert!(refused.err.contains("tokens.toml:1:11: "), "{refused:?}");
        }
        scan(&from, &folder, &[""], &["--no-policy"]).ends(0);
    }
}

#[test]
fn its_suppressions_count_and_are_written_there() {
    for from in places() {
        let folder = leaky();
        let wrote = scan(&from, &folder, &["src"], &ACCEPT).ends(0);
        assert!(wrote.err.contains("1 entry written to tokens.suppressions\n"), "{wrote:?}");
        assert!(folder.read("tokens.suppressions").contains("src/leak.txt"));
        assert!(!from.path().join("tokens.suppressions").exists());
        // As they do within the repository.
        folder.run(&["scan"]).ends(0);
        scan(&from, &folder, &[""], &[]).ends(0);
    }
}

/// An export has no `.git`, and what it says counts all the same.
#[test]
fn a_folder_in_no_repository_has_a_policy_and_suppressions_of_its_own() {
    for from in places() {
        let folder = Folder::new();
        folder.write("tokens.toml", POLICY);
        folder.write("src/leak.txt", token(1));
        scan(&from, &folder, &[""], &[]).ends(1);
        scan(&from, &folder, &[""], &ACCEPT).ends(0);
        scan(&from, &folder, &[""], &[]).ends(0);
        folder.write("tokens.toml", "version = 2\n");
        scan(&from, &folder, &[""], &[]).ends(3);
    }
}

/// Arguments that name files are relative to the folder in which the command is started, whatever is scanned.
#[test]
fn a_named_file_is_relative_to_where_the_command_runs() {
    let (from, folder) = (Folder::new(), leaky());
    from.write("mine.toml", POLICY.replace("acmecorp_ci", "othercorp_ci"));
    scan(&from, &folder, &[""], &["--policy", "mine.toml"]).ends(0);
    scan(&from, &folder, &[""], &["--suppressions", "none"]).ends(3);
}

#[test]
fn paths_of_two_repositories_are_refused_and_those_of_none_are_not() {
    let (from, one, two) = (Folder::new(), leaky(), leaky());
    let paths = [one.path(), two.path()].map(|path| path.to_str().unwrap().to_owned());
    let refused = from.run(&["scan", &paths[0], &paths[1]]).ends(2);
    assert!(refused.err.contains("name the paths of one repository at a time"), "{refused:?}");
    // From within one of them they are two all the same.
    one.run(&["scan", ".", &paths[1]]).ends(2);

    // What is in no repository is scanned as the other paths are.
    let loose = Folder::new();
    loose.write("x.txt", format!("{}\n{}\n", token(2), github(1)));
    let loose = loose.path().join("x.txt");
    let found = one.run(&["scan", ".", loose.to_str().unwrap()]).ends(1);
    assert_eq!(found.out.matches("-->").count(), 3, "{found:?}");
}

/// Within the repository its root stays the root, also for what belongs to a repository below it.
#[test]
fn a_repository_below_is_scanned_as_a_part_of_the_one_above() {
    let folder = leaky();
    folder.write("vendor/x.txt", token(2));
    folder.git(&["init", "--quiet", "vendor"]);
    let found = folder.run(&["scan", "vendor"]).ends(1);
    assert!(found.out.contains("--> vendor/x.txt:1:1\n"), "{found:?}");
}

/// The same for an export: what is below the folder with the policy belongs to it.
#[test]
fn a_policy_below_one_in_no_repository_makes_no_second_project() {
    let folder = Folder::new();
    folder.write("tokens.toml", POLICY);
    folder.write("a/tokens.toml", POLICY);
    folder.write("a/x.txt", token(1));
    folder.write("b/x.txt", token(2));
    let found = folder.run(&["scan", ".", "a", "b"]).ends(1);
    assert!(found.out.contains("--> a/x.txt:1:1\n"), "{found:?}");
    assert!(found.out.contains("--> b/x.txt:1:1\n"), "{found:?}");
}
