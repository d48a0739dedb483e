//! `scan`.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Folder, POLICY, PROGRAM, github, password, shows, token};

#[test]
fn the_policy_is_picked_up() {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.write("deep/er/x.txt", format!("a\n  {}\n", token(1)));
    let ran = folder.run_in("deep", &["scan"]).ends(1);
    assert!(
        ran.out.contains("error[own-token]: a token of kind `ci` is written here\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("--> deep/er/x.txt:2:3\n"), "{}", ran.out);
    assert!(ran.out.contains(" = owner: platform-team\n"), "{}", ran.out);
    assert!(ran.err.starts_with("1 file, "), "{}", ran.err);
    folder.run(&["scan", "--no-policy"]).ends(0);
    folder.write("deep/y.txt", github(1));
    assert_eq!(folder.run(&["scan", "--no-rules"]).ends(1).out.matches("-->").count(), 1);
    folder.write("deep/y.txt", "");
    folder.write("other.toml", POLICY.replace("acmecorp_ci", "acmecorp_cd"));
    folder.run(&["scan", "--policy", "other.toml"]).ends(0);
    folder.run(&["scan", "--policy", "other.toml", "--policy", "tokens.toml"]).ends(1);
    folder.write("tokens.toml", "version = 2");
    let invalid = folder.run(&["scan"]).ends(3);
    assert!(invalid.err.contains("--no-policy"), "{}", invalid.err);
}

#[test]
fn only_what_is_asked_for_is_scanned() {
    let folder = Folder::repository();
    folder.write(".gitignore", "ignored\n");
    folder.write("a/x.txt", github(1));
    folder.write("b/y.txt", github(2));
    folder.write("ignored", github(3));
    folder.write("c/z.txt", "nothing");
    assert_eq!(folder.run(&["scan", "a", "b/y.txt"]).ends(1).out.matches("-->").count(), 2);
    assert_eq!(folder.run(&["scan"]).ends(1).out.matches("-->").count(), 2);
    assert_eq!(folder.run(&["scan", "--ignored"]).ends(1).out.matches("-->").count(), 3);
    folder.run(&["scan", "c"]).ends(0);
    let missing = folder.run(&["scan", "none"]).ends(3);
    assert!(missing.err.starts_with("error: none: entity not found\n"), "{}", missing.err);
    folder.run(&["scan", "a", "-"]).ends(2);
    folder.run(&["scan", "a", "--staged"]).ends(2);
}

#[test]
fn staged_changes_and_history() {
    let folder = Folder::repository();
    folder.write("x.txt", "nothing\n");
    folder.commit_all("first");
    folder.write("x.txt", format!("{}\n", github(1)));
    folder.run(&["scan", "--staged"]).ends(0);
    folder.commit_all("leak");
    folder.write("x.txt", "nothing\n");
    folder.commit_all("hide");
    folder.run(&["scan"]).ends(0);
    let ran = folder.run(&["scan", "--since", "HEAD~2"]).ends(1);
    assert!(ran.out.contains(" = commit: "), "{}", ran.out);
    folder.run(&["scan", "--since", "HEAD~1"]).ends(0);
    let unknown = folder.run(&["scan", "--since", "none"]).ends(3);
    assert!(unknown.err.contains("a revision must"), "{}", unknown.err);
    Folder::new().run(&["scan", "--staged"]).ends(3);
}

#[test]
fn standard_input_has_a_name() {
    let folder = Folder::new();
    let (head, tail) = (github(1)[..20].to_owned(), github(1)[20..].to_owned());
    let source = format!("const T: &str = concat!(\"{head}\", \"{tail}\");\n");
    for (name, code) in [("stdin", 0), ("x.rs", 1)] {
        let mut command = folder.command(PROGRAM);
        let mut child = command
            .args(["scan", "-", "--stdin-name", name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(code == 0 || out.contains("--> x.rs:1:"), "{out}");
    }
}

#[test]
fn rules_in_either_form() {
    let folder = Folder::new();
    let value = format!("legacy-{}", password(1));
    folder.write("x.txt", &value);
    let pattern = "legacy-[0-9a-f]{40}";
    folder.write(
        "gitleaks.toml",
        format!("[[rules]]\nid = \"legacy\"\nregex = '''{pattern}'''\nkeywords = [\"legacy\"]\n"),
    );
    folder.write(
        "ours.toml",
        format!("[[rule]]\nid = \"legacy\"\ndescription = \"Old\"\nkeywords = [\"legacy-\"]\npattern = '{pattern}'\n"),
    );
    for rules in ["gitleaks.toml", "ours.toml"] {
        let ran = folder.run(&["scan", "x.txt", "--rules", rules]).ends(0);
        assert!(ran.out.starts_with("warning[legacy]"), "{rules}: {}", ran.out);
        folder.run(&["scan", "x.txt", "--rules", rules, "--deny-warnings"]).ends(1);
    }
    folder.write("bad.toml", "[[rule]]\nid = 1\n");
    let bad = folder.run(&["scan", "x.txt", "--rules", "bad.toml"]).ends(3);
    assert!(bad.err.starts_with("error: bad.toml: line 1 of the rules"), "{}", bad.err);
}

#[test]
fn known_tokens_are_given_by_id() {
    let folder = Folder::new();
    let value = password(2);
    folder.write("x.txt", format!("a {value} b\n"));
    folder.write(
        "ids",
        format!("# live\n\n{}\n", token_core::TokenId::of(value.as_bytes()).unwrap()),
    );
    folder.run(&["scan", "x.txt"]).ends(0);
    let ran = folder.run(&["scan", "x.txt", "--known", "ids"]).ends(1);
    assert!(ran.out.starts_with("error[known-token]"), "{}", ran.out);
    folder.write("ids", format!("\n{}\n", token(1)));
    let wrong = folder.run(&["scan", "x.txt", "--known", "ids"]).ends(3);
    assert!(wrong.err.starts_with("error: ids:2: "), "{}", wrong.err);
    assert!(!shows(&wrong.err, &token(1)));
}

#[test]
fn findings_are_accepted_for_a_reason_and_a_time() {
    let folder = Folder::repository();
    folder.write("a b.txt", format!("password = \"{}\"\n", password(1)));
    folder.write("c.txt", github(1));
    let found = folder.run(&["scan"]).ends(1).out;
    let rule = found.lines().find_map(|line| line.strip_prefix("warning[")?.split(']').next());
    let generic = format!("{}:a b.txt", rule.unwrap());
    let accept = |asked: &str, until: &str| {
        folder.run(&["scan", "--suppress", asked, "--reason", "a test vector", "--until", until])
    };
    accept(&generic, "tomorrow").ends(2);
    accept("own-token:none.txt", "2999-01-31").ends(3);
    accept("nothing", "2999-01-31").ends(2);
    assert!(!folder.path().join("tokens.suppressions").exists());

    let first = accept(&generic, "2999-01-31").ends(1);
    assert!(first.err.starts_with("1 entry written to tokens.suppressions\n"), "{}", first.err);
    assert!(first.err.contains("merge=union"), "{}", first.err);
    assert!(!first.out.contains("a b.txt"), "{}", first.out);
    let rule = found.lines().find_map(|line| line.strip_prefix("error[")?.split(']').next());
    accept(&format!("{}:c.txt", rule.unwrap()), "2999-01-31").ends(0);
    let text = folder.read("tokens.suppressions");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == 2 && lines.is_sorted() && text.contains("a%20b.txt"), "{text}");

    // What is not scanned is not unused; what is gone is.
    folder.run(&["scan", "c.txt", "--deny-warnings"]).ends(0);
    folder.write("a b.txt", "");
    folder.run(&["scan", "--deny-warnings"]).ends(1);
    let partly = folder.run(&["scan", "--suppress", "x:y", "--reason", "z"]).ends(2);
    assert!(partly.err.contains("--until"), "{}", partly.err);
}

/// What only the history has is accepted for good: a scan of the tree does not miss it.
#[test]
fn a_finding_of_the_history_is_accepted_there_and_unused_nowhere() {
    let folder = Folder::repository();
    folder.write("old.txt", github(1));
    folder.commit_all("leak");
    folder.write("old.txt", "");
    folder.commit_all("gone");
    let accept = ["--suppress", "github-token:old.txt", "--reason", "a", "--until", "2999-01-31"];
    folder.run(&["scan", "--since"]).ends(1);
    folder.run(&[&["scan"], &accept[..]].concat()).ends(3);
    folder.run(&[&["scan"], &accept[..], &["--since="]].concat());
    let text = folder.read("tokens.suppressions");
    assert!(text.contains(":history"), "{text}");
    folder.run(&["scan", "--deny-warnings"]).ends(0);
    folder.commit_all("accepted");
    folder.run(&["scan", "--since", "--deny-warnings"]).ends(0);
    // One for the tree is told when the tree no longer has its value.
    folder.write("new.txt", github(2));
    let accept = ["--suppress", "github-token:new.txt", "--reason", "a", "--until", "2999-01-31"];
    folder.run(&[&["scan"], &accept[..]].concat()).ends(0);
    assert_eq!(folder.read("tokens.suppressions").matches(":history").count(), 1);
    folder.write("new.txt", "");
    folder.run(&["scan", "--deny-warnings"]).ends(1);
}

#[test]
fn comments_in_the_file_of_suppressions_stay() {
    let folder = Folder::repository();
    folder.write("x.txt", github(1));
    folder.write("tokens.suppressions", "# reviewed by the platform team\n");
    let found = folder.run(&["scan"]).ends(1).out;
    let rule = found.strip_prefix("error[").unwrap().split(']').next().unwrap();
    let asked = format!("{rule}:x.txt");
    folder.run(&["scan", "--suppress", &asked, "--reason", "a", "--until", "2999-01-31"]).ends(0);
    assert!(folder.read("tokens.suppressions").starts_with("# reviewed by the platform team\n"));
    folder.write("tokens.suppressions", "nonsense\n");
    let wrong = folder.run(&["scan"]).ends(3);
    assert!(wrong.err.starts_with("error: tokens.suppressions:1: "), "{}", wrong.err);
    folder.run(&["scan", "--suppressions", "none"]).ends(3);
}

#[test]
fn what_is_not_searched_is_told() {
    let folder = Folder::new();
    folder.write("large.txt", vec![b'a'; (1 << 20) + 1]);
    let ran = folder.run(&["scan", "--max-size", "1"]).ends(0);
    assert!(ran.err.contains("warning[file-too-large]: large.txt: not searched"), "{}", ran.err);
    // A file that nobody can read from its beginning, not even root.
    if cfg!(target_os = "linux") {
        let ran = folder.run(&["scan", "/proc/self/mem"]).ends(3);
        assert!(ran.err.contains("/mem: not searched: unreadable"), "{}", ran.err);
    }
}

#[test]
fn what_makes_a_run_fail_is_told_to_those_who_want_quiet() {
    let folder = Folder::new();
    folder.write("large.txt", vec![b'a'; (1 << 20) + 1]);
    assert_eq!(folder.run(&["scan", "--quiet", "--max-size", "1"]).ends(0).all(), "");
    let denied = folder.run(&["scan", "-q", "--max-size", "1", "--deny-warnings"]).ends(3);
    assert!(
        denied.err.starts_with("error[file-too-large]: large.txt: not searched"),
        "{}",
        denied.err
    );
    folder.write(".git", "gitdir: nowhere\n");
    let untold = folder.run(&["scan", "--quiet"]).ends(3);
    assert!(
        untold.err.starts_with("error[git-untold]: .git: `git` does not say"),
        "{}",
        untold.err
    );
}

#[test]
fn no_revision_and_no_file_are_no_pass() {
    let folder = Folder::repository();
    folder.write("a.txt", "a");
    folder.commit_all("a");
    for since in [" ", "none", "none..HEAD", "HEAD..none", "HEAD..", "HEAD...HEAD", "--all"] {
        let ran = folder.run(&["scan", &format!("--since={since}")]).ends(3);
        assert!(ran.err.contains("revision must be a commit"), "{since}: {}", ran.err);
    }
    let ran = folder.run(&["scan", "/dev/null"]).ends(3);
    assert!(ran.err.contains("`-` reads standard input"), "{}", ran.err);
}

#[test]
fn an_end_that_is_over_accepts_nothing() {
    let folder = Folder::repository();
    folder.write("x.txt", github(1));
    let asked = ["scan", "--suppress", "github-token:x.txt", "--reason", "a", "--until"];
    let ran = folder.run(&[&asked[..], &["2020-01-01"]].concat()).ends(2);
    assert!(ran.err.contains("no day to come"), "{}", ran.err);
    assert!(!folder.path().join("tokens.suppressions").exists());
}

#[test]
fn folders_outside_of_the_repository_are_scanned() {
    let folder = Folder::new();
    folder.write("repository/.git/HEAD", "");
    folder.git(&["init", "--quiet", "repository"]);
    folder.write("repository/deep/x", "");
    folder.write("other/a/b.txt", github(1));
    let whole = folder.path().join("other");
    let whole = whole.to_str().unwrap();
    for (here, named) in
        [("repository", "../other"), ("repository/deep", "../../other/a"), ("repository", whole)]
    {
        let ran = folder.run_in(here, &["scan", named]).ends(1);
        assert!(ran.out.contains("other/a/b.txt:1:1"), "{}", ran.out);
        assert!(ran.err.ends_with("1 file, 40 B: 1 error\n"), "{}", ran.err);
    }
    folder.run_in("repository", &["scan", ".", "../other"]).ends(1);
}
