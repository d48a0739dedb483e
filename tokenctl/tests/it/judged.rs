//! What is judged has no say in how it is judged: names of files, links, policies that are moved.

use std::fs;

use crate::support::{Folder, POLICY, github, token};

/// A repository with a policy on `main`, and a wider one in the working tree of a branch.
fn widened() -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.commit_all("base");
    folder.git(&["checkout", "--quiet", "-b", "change"]);
    folder.write("tokens.toml", POLICY.replace("\"1h\"", "\"365d\""));
    folder
}

#[test]
fn a_file_of_the_name_of_a_revision_is_not_compared() {
    let folder = widened();
    let base = folder.git(&["rev-parse", "main"]).trim().to_owned();
    folder.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let names = [
        "main",
        "HEAD",
        "origin/main",
        &base,
        &base[..9],
        "main:tokens.toml",
        &format!("{base}:tokens.toml"),
    ];
    for name in names {
        folder.write(name, POLICY.replace("\"1h\"", "\"365d\""));
        folder.run(&["diff", name]).ends(4);
        folder.run(&["diff", name, "./tokens.toml"]).ends(4);
        // Who means the file says so.
        folder.run(&["diff", &format!("./{name}"), "tokens.toml"]).ends(0);
        folder.run(&["diff", &format!("file:{name}"), "tokens.toml"]).ends(0);
    }
    // What git does not know, as in a shallow clone, is no file either.
    folder.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let refused = folder.run(&["diff", "origin/main"]).ends(3);
    assert!(refused.err.contains("./origin/main"), "{}", refused.err);
    let unknown = format!("{}:tokens.toml", "1".repeat(40));
    folder.write(&unknown, POLICY);
    folder.run(&["diff", &unknown]).ends(3);
}

#[test]
fn a_name_for_two_things_is_refused() {
    let folder = widened();
    folder.commit_all("wider");
    folder.git(&["tag", "main", "change"]);
    let refused = folder.run(&["diff", "main"]).ends(3);
    assert!(refused.err.contains("refs/tags/main") && refused.err.contains("refs/heads/main"));
    folder.run(&["diff", "refs/heads/main"]).ends(4);
    folder.run(&["scan", "--since", "main"]).ends(3);
    // A tag can have the name of the policy's file.
    folder.git(&["tag", "tokens.toml", "main^{commit}"]);
    let refused = folder.run(&["diff", "refs/heads/main", "tokens.toml"]).ends(3);
    assert!(refused.err.contains("`./tokens.toml`"), "{}", refused.err);
    folder.run(&["diff", "refs/heads/main", "./tokens.toml"]).ends(4);
}

#[test]
fn a_policy_that_the_change_renames_or_empties_still_counts() {
    let folder = Folder::repository();
    folder.write("svc/tokens.toml", POLICY);
    folder.commit_all("policy");
    folder.git(&["mv", "svc/tokens.toml", "svc/policy.toml"]);
    folder.write("leak.txt", token(1));
    folder.git(&["add", "--all"]);
    folder.run(&["scan", "--staged"]).ends(1);
    folder.commit_all("moved");
    folder.run(&["scan", "--since", "HEAD~1"]).ends(1);
    let told = folder.run(&["scan"]).ends(0);
    assert!(told.err.contains("note[no-policy]: without a policy"), "{}", told.err);
    let json = folder.run(&["scan", "--format", "json"]).ends(0).out;
    assert!(json.contains(r#""notice":"no-policy""#), "{json}");
    let sarif = folder.run(&["scan", "--format", "sarif"]).ends(0).out;
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let told = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!((&told["descriptor"]["id"], &told["level"]), (&"no-policy".into(), &"note".into()));
    // Who asked for none is not told, nor is who scans a folder of no repository.
    assert!(!folder.run(&["scan", "--no-policy"]).ends(0).all().contains("no-policy"));
    assert!(!Folder::new().run(&["scan"]).ends(0).all().contains("no-policy"));
    folder.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    folder.write("svc/tokens.toml", POLICY.replace("format ", "# format "));
    folder.write("leak.txt", token(1));
    folder.git(&["add", "--all"]);
    folder.run(&["scan", "--staged"]).ends(1);
}

/// Git tracks a policy until its removal is staged.
#[test]
fn a_policy_that_is_gone_from_the_working_tree_alone_still_counts() {
    let folder = Folder::repository();
    folder.write("svc/tokens.toml", POLICY);
    folder.commit_all("policy");
    folder.write("leak.txt", token(1));
    fs::remove_file(folder.path().join("svc/tokens.toml")).unwrap();
    let ran = folder.run(&["scan"]).ends(1);
    assert!(ran.out.contains("leak.txt:1:1") && ran.out.contains("own-token"), "{}", ran.out);
    // Once that is staged, no policy has the format any more.
    folder.git(&["add", "--all"]);
    folder.run(&["scan"]).ends(0);
}

/// All that such a repository has is packed, so a scan of its files would pass whatever is in it.
#[test]
fn a_repository_without_a_working_tree_is_no_pass() {
    let folder = Folder::repository();
    folder.write("leak.txt", github(1));
    folder.commit_all("leak");
    folder.git(&["clone", "--quiet", "--bare", ".", "bare.git"]);
    for (below, arguments) in
        [("bare.git", &["scan"][..]), ("bare.git", &["scan", "."]), ("", &["scan", "bare.git"])]
    {
        let refused = folder.run_in(below, arguments).ends(3);
        assert!(refused.err.contains("without a working tree"), "{}", refused.err);
    }
    // A folder that only looks like one is searched.
    for name in ["HEAD", "objects/a", "refs/a"] {
        folder.write(&format!("like.git/{name}"), github(2));
    }
    folder.run(&["scan", "like.git"]).ends(1);
    folder.run_in("like.git", &["scan"]).ends(1);
}

#[test]
fn every_policy_of_a_repository_counts_from_everywhere() {
    let folder = Folder::repository();
    folder.write("packages/a/tokens.toml", POLICY);
    folder.write("packages/b/tokens.toml", POLICY.replace("acmecorp_ci", "acmecorp_other"));
    folder.write("packages/b/src/leak.txt", token(1));
    // One that is made for a test is wrong; its format counts.
    folder.write("packages/c/tokens.toml", "version = 9\n[tokens.x]\nformat = \"acmecorp_x\"\n");
    for below in ["", "packages", "packages/a", "packages/b/src"] {
        folder.run_in(below, &["scan", "."]).ends(i32::from(below != "packages/a"));
    }
    folder.git(&["add", "--all"]);
    folder.run(&["scan", "--staged"]).ends(1);
    let json = folder.run(&["scan", "--format", "json"]).ends(1);
    assert!(json.out.contains("policy-mistake"), "{}", json.out);
}

/// Two policies may have one format, as after a copy.
#[test]
fn the_nearest_policy_says_whose_a_token_is() {
    let folder = Folder::repository();
    for team in ["a", "b", "c"] {
        let policy = POLICY.replace("[tokens.ci]", &format!("[tokens.of-{team}]"));
        folder.write(&format!("packages/{team}/tokens.toml"), policy);
        folder.write(&format!("packages/{team}/src/leak.txt"), token(1));
    }
    for team in ["a", "b", "c"] {
        for below in ["", "/src"] {
            let ran = folder.run_in(&format!("packages/{team}{below}"), &["scan", "."]).ends(1);
            let told = format!("a token of kind `of-{team}` is written here");
            assert!(ran.out.contains(&told), "{team}: {}", ran.out);
        }
    }
}

#[test]
fn a_file_above_the_limit_fails_a_commit() {
    let folder = Folder::repository();
    folder.write("large.bin", vec![b'a'; (1 << 20) + 1]);
    folder.git(&["add", "--all"]);
    folder.run(&["scan", "--max-size", "1"]).ends(0);
    folder.run(&["scan", "--max-size", "1", "--staged"]).ends(3);
    folder.commit_all("large");
    for since in [&["--since"][..], &["--since", ""], &["--since", &"0".repeat(40)]] {
        folder.run(&[&["scan", "--max-size", "1"], since].concat()).ends(3);
        folder.run(&[&["scan"], since].concat()).ends(0);
    }
}

/// What a commit calls a policy may be of any size.
#[test]
fn a_policy_above_the_limit_is_not_read() {
    let folder = Folder::repository();
    folder.write("tokens.toml", vec![b' '; (64 << 20) + 1]);
    folder.git(&["add", "--all"]);
    folder.write("x.txt", "");
    for asked in [&["scan", "--staged"][..], &["scan"], &["check"]] {
        let refused = folder.run(asked).ends(3);
        assert!(refused.err.contains("tokens.toml: larger than 64 MiB"), "{}", refused.err);
    }
    folder.commit_all("large");
    folder.run(&["scan", "--since"]).ends(3);
    folder.run(&["diff", "HEAD", "HEAD"]).ends(3);
}

#[cfg(unix)]
mod links {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_written_through_a_link() {
        let (outside, folder) = (Folder::new(), Folder::repository());
        outside.write("mine", "mine");
        folder.write("a.txt", github(1));
        let mine = outside.path().join("mine");
        let asked =
            ["scan", "--suppress", "github-token:a.txt", "--reason", "a", "--until", "2999-01-31"];
        for name in ["tokens.suppressions.new", "tokens.suppressions.tmp", ".tokens.suppressions"] {
            symlink(&mine, folder.path().join(name)).unwrap();
        }
        folder.run(&asked).ends(0);
        // One that is the file itself is refused, and one in the way of the others is no way.
        fs::remove_file(folder.path().join("tokens.suppressions")).unwrap();
        symlink(&mine, folder.path().join("tokens.suppressions")).unwrap();
        folder.run(&asked).ends(3);
        symlink(outside.path(), folder.path().join(".github")).unwrap();
        folder.run(&["init"]).ends(3);
        fs::remove_file(folder.path().join(".github")).unwrap();
        fs::remove_file(folder.path().join("tokens.toml")).unwrap();
        symlink(outside.path().join("new"), folder.path().join("tokens.toml")).unwrap();
        fs::create_dir_all(folder.path().join(".git/hooks")).unwrap();
        symlink(outside.path().join("hook"), folder.path().join(".git/hooks/pre-commit")).unwrap();
        folder.run(&["init", "--no-workflow"]).ends(0);
        folder.run(&["init", "--no-workflow", "--hook"]).ends(3);
        let left: Vec<_> =
            fs::read_dir(outside.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!((left, outside.read("mine")), (vec!["mine".into()], "mine".to_owned()));
    }

    #[test]
    fn what_is_read_is_no_link_and_no_pipe() {
        let (outside, folder) = (Folder::new(), Folder::repository());
        let policy = POLICY.replace("[\"repo:read\"]", "[\"text-of-a-file-outside\"]");
        outside.write("p.toml", policy);
        outside.write("d/tokens.toml", POLICY);
        symlink(outside.path().join("d"), folder.path().join("d")).unwrap();
        for name in ["tokens.toml", "tokens.suppressions"] {
            let path = folder.path().join(name);
            symlink(outside.path().join("p.toml"), &path).unwrap();
            for arguments in [
                &["check"][..],
                &["scan"],
                &["diff", "./tokens.toml", "./tokens.toml"],
                &["scan", "--policy", "d/tokens.toml"],
            ] {
                let ran = folder.run(arguments).ends(3);
                assert!(!ran.all().contains("text-of-a-file-outside"), "{arguments:?}");
            }
            fs::remove_file(&path).unwrap();
            assert!(folder.command("mkfifo").arg(&path).status().unwrap().success());
            folder.run(&["scan"]).ends(3);
            fs::remove_file(&path).unwrap();
        }
    }
}
