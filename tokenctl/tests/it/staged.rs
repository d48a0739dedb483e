//! `scan --staged` and `--since` look at what is committed, and at nothing else.

use crate::support::{Folder, POLICY, github, shows, token};

fn suppressed(folder: &Folder, path: &str) -> String {
    let asked = format!("github-token:{path}");
    folder.run(&["scan", "--suppress", &asked, "--reason", "a", "--until", "2999-01-31"]);
    folder.read("tokens.suppressions")
}

/// What passes here must pass where only the commit is known.
#[test]
fn suppressions_count_when_they_are_staged() {
    let folder = Folder::repository();
    folder.write("a.txt", github(1));
    let entries = suppressed(&folder, "a.txt");
    folder.git(&["add", "a.txt"]);
    let ran = folder.run(&["scan", "--staged"]).ends(1);
    assert!(ran.err.contains("note: tokens.suppressions is not staged"), "{}", ran.err);
    // Whoever names the file wants it.
    folder.run(&["scan", "--staged", "--suppressions", "tokens.suppressions"]).ends(0);
    folder.git(&["add", "tokens.suppressions"]);
    let ran = folder.run(&["scan", "--staged"]).ends(0);
    assert!(!ran.err.contains("note:"), "{}", ran.err);
    // What was edited since is not what is committed.
    folder.write("tokens.suppressions", "");
    folder.run(&["scan", "--staged"]).ends(0);
    folder.git(&["add", "tokens.suppressions"]);
    folder.write("tokens.suppressions", &entries);
    folder.run(&["scan", "--staged"]).ends(1);
    folder.run(&["scan", "--staged", "--suppressions", "tokens.suppressions"]).ends(1);
    std::fs::remove_file(folder.path().join("tokens.suppressions")).unwrap();
    folder.run(&["scan", "--staged"]).ends(1);
}

#[test]
fn the_policy_counts_as_it_is_staged() {
    let folder = Folder::repository();
    folder.write("a/x.txt", token(1));
    folder.git(&["add", "a/x.txt"]);
    folder.run(&["scan", "--staged"]).ends(0);
    // Not tracked at all, it is better than none.
    folder.write("tokens.toml", POLICY);
    folder.run(&["scan", "--staged"]).ends(1);
    folder.git(&["add", "tokens.toml"]);
    folder.write("tokens.toml", POLICY.replace("format ", "# format "));
    for asked in [&["scan", "--staged"][..], &["scan", "--staged", "--policy", "tokens.toml"]] {
        folder.run(asked).ends(1);
    }
    folder.run_in("a", &["scan", "--staged"]).ends(1);
    std::fs::remove_file(folder.path().join("tokens.toml")).unwrap();
    folder.run(&["scan", "--staged"]).ends(1);
    folder.git(&["add", "--all"]);
    folder.run(&["scan", "--staged"]).ends(0);
}

#[test]
fn rules_count_as_they_are_staged() {
    let folder = Folder::repository();
    let rules = "[[rule]]\nid = \"acme\"\ndescription = \"A\"\nkeywords = [\"acme-\"]\npattern = 'acme-[0-9a-f]{12}'\n";
    folder.write("rules.toml", rules);
    folder.write("x.txt", "acme-0a1b2c3d4e5f");
    folder.git(&["add", "--all"]);
    folder.write("rules.toml", rules.replace("acme-", "none-"));
    let asked = ["scan", "--staged", "--deny-warnings", "--rules", "rules.toml"];
    folder.run(&asked).ends(1);
}

/// What is pushed are commits, so nothing else says what is in them.
#[test]
fn history_is_judged_by_what_is_committed() {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.commit_all("policy");
    folder.write("a.txt", github(1));
    folder.write("b.txt", token(1));
    folder.commit_all("leaks");
    let since = ["scan", "--since", "HEAD~1"];
    assert_eq!(folder.run(&since).ends(1).out.matches("-->").count(), 2);
    folder.write("tokens.toml", POLICY.replace("format ", "# format "));
    assert_eq!(folder.run(&since).ends(1).out.matches("-->").count(), 2);
    folder.write("tokens.toml", POLICY);
    let entries = suppressed(&folder, "a.txt");
    let ran = folder.run(&since).ends(1);
    assert_eq!(ran.out.matches("-->").count(), 2);
    assert!(ran.err.contains("note: tokens.suppressions is not committed"), "{}", ran.err);
    folder.commit_all("accepted");
    assert!(!entries.is_empty());
    assert_eq!(folder.run(&["scan", "--since", "HEAD~2"]).ends(1).out.matches("-->").count(), 1);
}

#[test]
fn the_name_of_an_empty_file_counts() {
    let folder = Folder::repository();
    folder.write("empty", "");
    folder.write("full", "text\n");
    folder.commit_all("first");
    let names = [format!("a \"b\"/{}", github(1)), format!("ä/{}.txt", github(2)), github(3)];
    folder.write(&names[0], "");
    folder.write("ä/x", "");
    folder.git(&["add", "--all"]);
    folder.git(&["mv", "empty", &names[1]]);
    folder.git(&["mv", "full", &names[2]]);
    let staged = folder.run(&["scan", "--staged"]).ends(1);
    assert_eq!(staged.out.matches("error[github-token]").count(), 3, "{}", staged.out);
    folder.commit_all("names");
    let since = folder.run(&["scan", "--since", "HEAD~1"]).ends(1);
    assert_eq!(since.out.matches("error[github-token]").count(), 3, "{}", since.out);
    for seed in 1..4 {
        assert!(!shows(&staged.all(), &github(seed)) && !shows(&since.all(), &github(seed)));
    }
    // What was there before is not what this commit adds.
    folder.git(&["update-index", "--chmod=+x", &names[0]]);
    folder.run(&["scan", "--staged"]).ends(0);
    folder.git(&["rm", "-q", "-f", "--cached", &names[0]]);
    folder.run(&["scan", "--staged"]).ends(0);
}

#[cfg(unix)]
#[test]
fn a_file_that_becomes_a_link_counts() {
    let folder = Folder::repository();
    folder.write("x", "text\n");
    folder.commit_all("first");
    std::fs::remove_file(folder.path().join("x")).unwrap();
    std::os::unix::fs::symlink(github(1), folder.path().join("x")).unwrap();
    folder.git(&["add", "--all"]);
    folder.run(&["scan", "--staged"]).ends(1);
}

/// The tools of a user may want more lines around each change; those are not new.
#[test]
fn lines_around_a_change_are_not_new() {
    let folder = Folder::repository();
    folder.write("x.txt", format!("{}\na\nb\n", github(1)));
    folder.commit_all("first");
    folder.write("x.txt", format!("{}\na\nc\n", github(1)));
    folder.git(&["add", "--all"]);
    let mut command = folder.command(crate::support::PROGRAM);
    command.env("GIT_DIFF_OPTS", "-u5").args(["scan", "--staged"]);
    crate::support::ran(&mut command).ends(0);
}

/// One process answers for all files; a process for each took minutes.
#[test]
fn many_files_are_no_many_processes() {
    let folder = Folder::repository();
    for number in 0..3000 {
        folder.write(&format!("d/{number}.txt"), format!("{number}\n"));
    }
    folder.write("d/x.txt", github(1));
    folder.git(&["add", "--all"]);
    let ran = folder.run(&["scan", "--staged"]).ends(1);
    assert!(ran.err.contains("3001 files, "), "{}", ran.err);
}
