//! Which CI systems `init` writes for.

use crate::support::Folder;

const GITHUB: &str = ".github/workflows/tokens.yml";
const GITLAB: &str = ".gitlab/tokens.yml";
const SHELL: &str = "ci/tokens.sh";

#[track_caller]
fn writes(folder: &Folder, arguments: &[&str], expected: &[&str]) {
    folder.run(&[&["init"], arguments].concat()).ends(0);
    for path in [GITHUB, GITLAB, SHELL] {
        let is = folder.path().join(path).exists();
        assert_eq!(is, expected.contains(&path), "{path}");
    }
}

#[test]
fn those_whose_files_are_there() {
    for (there, expected) in [
        (&[][..], &[GITHUB][..]),
        (&[".github/dependabot.yml"], &[GITHUB]),
        (&[".gitlab-ci.yml"], &[GITLAB]),
        (&[".gitlab-ci.yml", ".github/CODEOWNERS"], &[GITHUB, GITLAB]),
        (&["Jenkinsfile"], &[SHELL]),
        (&[".circleci/config.yml", ".gitlab-ci.yml"], &[GITLAB, SHELL]),
    ] {
        let folder = Folder::repository();
        for path in there {
            folder.write(path, "a: b\n");
        }
        writes(&folder, &[], expected);
    }
}

#[test]
fn or_else_that_of_the_code_host() {
    for (origin, expected) in [
        ("https://github.com/a/gitlab", GITHUB),
        ("git@github.com:a/b.git", GITHUB),
        ("https://gitlab.example.com/a/github.git", GITLAB),
        ("ssh://git@gitlab.com:22/a/b.git", GITLAB),
        ("git@gitlab.com:a/b.git", GITLAB),
        ("https://bitbucket.org/a/b.git", SHELL),
        ("../github/b.git", GITHUB),
    ] {
        let folder = Folder::repository();
        folder.git(&["remote", "add", "origin", origin]);
        writes(&folder, &[], &[expected]);
    }
}

#[test]
fn or_those_that_are_asked_for() {
    let folder = Folder::repository();
    writes(&folder, &["--no-workflow"], &[]);
    writes(&folder, &["--ci", "shell"], &[SHELL]);
    writes(&folder, &["--ci", "gitlab,github"], &[GITHUB, GITLAB, SHELL]);
    folder.run(&["init", "--ci", "shell", "--no-workflow"]).ends(2);
    folder.run(&["init", "--ci", "jenkins"]).ends(2);
}

/// A file that GitLab does not read protects nothing.
#[test]
fn what_gitlab_does_not_read_yet_is_told() {
    let folder = Folder::repository();
    folder.write(".gitlab-ci.yml", "stages: [test]\n");
    let told = folder.run(&["init"]).ends(0);
    assert!(told.err.contains("GitLab reads them only if .gitlab-ci.yml has:"), "{told:?}");
    assert!(told.err.contains("\n    - local: /.gitlab/tokens.yml\n"), "{told:?}");
    assert_eq!(folder.read(".gitlab-ci.yml"), "stages: [test]\n");
    folder.write(".gitlab-ci.yml", "include:\n  - local: /.gitlab/tokens.yml\n");
    assert!(!folder.run(&["init"]).ends(0).err.contains("GitLab reads"));

    let fresh = Folder::repository();
    let told = fresh.run(&["init", "--ci", "gitlab"]).ends(0);
    assert!(!told.err.contains("GitLab reads"), "{told:?}");
}
