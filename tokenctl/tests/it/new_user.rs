//! The first minutes, in an empty repository, a Rust service and one that is not Rust.

use crate::support::{Folder, github, shows};

/// What everybody does first: `init`, `check`, plant a token and `scan`, widen the policy and `diff`.
fn first_minutes(folder: &Folder, source: &str) {
    folder.run(&["init"]).ends(0);
    let checked = folder.run(&["check"]).ends(0);
    assert_eq!((checked.out.as_str(), checked.err.as_str()), ("", "tokens.toml: no findings\n"));
    folder.run(&["scan"]).ends(0);
    folder.commit_all("begin");
    folder.run(&["diff"]).ends(0);

    let old = std::fs::read_to_string(folder.path().join(source)).unwrap_or_default();
    folder.write(source, format!("{old}let t = \"{}\";\n", github(1)));
    let scanned = folder.run(&["scan"]).ends(1);
    assert!(scanned.out.starts_with("error[github-"), "{}", scanned.out);
    assert!(scanned.out.contains(&format!("--> {source}:")), "{}", scanned.out);
    assert!(!shows(&scanned.all(), &github(1)));
    folder.git(&["add", "--all"]);
    folder.run(&["scan", "--staged"]).ends(1);
    folder.write(source, old);

    let policy = folder.read("tokens.toml");
    folder.write("tokens.toml", policy.replace("\"1h\"", "\"8h\""));
    let wider = folder.run(&["diff"]).ends(4);
    assert!(wider.out.contains("`max_lifetime` is 8h, was 1h"), "{}", wider.out);
    folder.write("tokens.toml", policy.replace("\"1h\"", "\"30m\""));
    folder.run(&["diff"]).ends(0);
}

#[test]
fn in_an_empty_repository() {
    first_minutes(&Folder::repository(), "notes.txt");
}

#[test]
fn in_a_rust_service() {
    let folder = Folder::repository();
    folder.write(
        "Cargo.toml",
        "[package]\nname = \"service\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    folder.write("src/main.rs", "fn main() {}\n");
    folder.write(".gitignore", "/target\n");
    let said = folder.run(&["init"]).ends(0).err;
    assert!(said.contains("token_core::policy!(\"../tokens.toml\");"), "{said}");
    assert!(said.contains("token-core = { git = "), "{said}");
    first_minutes(&folder, "src/main.rs");
}

#[test]
fn in_a_repository_that_is_not_rust() {
    let folder = Folder::repository();
    folder.write("package.json", "{ \"name\": \"service\" }\n");
    folder.write("src/index.js", "export default 1;\n");
    let said = folder.run(&["init"]).ends(0).err;
    assert!(said.contains("There is no Rust here"), "{said}");
    for word in ["crate", "Cargo", "token-core", "token_core", "cargo"] {
        assert!(!said.contains(word), "{said}");
    }
    first_minutes(&folder, "src/index.js");
}

#[test]
fn where_the_crates_are_below_they_are_seen() {
    let folder = Folder::repository();
    folder.write("services/a/Cargo.toml", "[package]\nname = \"a\"\n");
    folder.write("target/b/Cargo.toml", "[package]\nname = \"b\"\n");
    let said = folder.run(&["init"]).ends(0).err;
    assert!(said.contains("In the Cargo.toml of each crate"), "{said}");
    // What git ignores is not the repository's.
    std::fs::remove_dir_all(folder.path().join("services")).unwrap();
    folder.write(".gitignore", "target\n");
    assert!(folder.run(&["init"]).ends(0).err.contains("There is no Rust here"));
}

/// What the first policy shows in comments can be taken as it stands.
#[test]
fn every_comment_of_the_first_policy_that_is_a_rule_is_a_right_one() {
    let folder = Folder::repository();
    folder.run(&["init"]).ends(0);
    let policy = folder.read("tokens.toml");
    let is_rule = |line: &str| {
        let key = line.strip_prefix("# ").and_then(|line| line.split_whitespace().next());
        ["\"repo:write\"", "source", "format"].map(Some).contains(&key)
    };
    assert_eq!(policy.lines().filter(|line| is_rule(line)).count(), 3);
    let taken = |line: &str| match is_rule(line) {
        true => line.replacen("# ", "", 1),
        false => line.to_owned(),
    };
    let lines: Vec<String> = policy.lines().map(taken).collect();
    folder.write("tokens.toml", format!("{}\n", lines.join("\n")));
    let checked = folder.run(&["check"]).ends(0);
    assert!(!checked.out.contains("error"), "{}", checked.out);
}

#[test]
fn in_a_folder_without_git() {
    let folder = Folder::new();
    folder.run(&["init"]).ends(0);
    folder.run(&["check"]).ends(0);
    folder.run(&["scan"]).ends(0);
    folder.run(&["diff"]).ends(3);
    folder.run(&["init", "--hook"]).ends(3);
    folder.write("old.toml", folder.read("tokens.toml"));
    folder.run(&["diff", "old.toml"]).ends(0);
}

#[test]
fn nothing_is_overwritten() {
    let folder = Folder::repository();
    folder.write("tokens.toml", "mine");
    folder.write(".github/workflows/tokens.yml", "mine");
    let ran = folder.run(&["init"]).ends(0);
    assert_eq!(ran.out, "left tokens.toml as it is\nleft .github/workflows/tokens.yml as it is\n");
    assert_eq!(folder.read("tokens.toml"), "mine");
    assert_eq!(folder.read(".github/workflows/tokens.yml"), "mine");
}

#[test]
fn below_the_root_the_workflow_knows_the_policy() {
    let folder = Folder::repository();
    folder.write("it's/x", "");
    let ran = folder.run_in("it's", &["init"]).ends(0);
    assert_eq!(ran.out, "wrote it's/tokens.toml\nwrote .github/workflows/tokens.yml\n");
    assert!(
        folder.read(".github/workflows/tokens.yml").contains("\n  POLICY: 'it''s/tokens.toml'\n")
    );
}

#[test]
fn token_is_no_command() {
    let folder = Folder::new();
    let refused = folder.run(&["token", "scan"]).ends(2);
    assert!(refused.err.contains("unrecognized subcommand 'token'"), "{}", refused.err);
}

/// What the guide shows can be taken as it stands.
#[test]
fn the_guide_for_repositories_without_rust_is_right() {
    let guide = include_str!("../../../docs/pipelines.md");
    let blocks = |language: &str| {
        let head = format!("```{language}\n");
        let parts: Vec<&str> = guide.split(&head).skip(1).collect();
        parts.iter().map(|part| part.split("\n```").next().unwrap()).collect::<Vec<_>>()
    };
    let policies = blocks("toml");
    assert_eq!(policies.len(), 1);
    let folder = Folder::repository();
    folder.write("tokens.toml", format!("{}\n", policies[0]));
    assert_eq!(folder.run(&["check"]).ends(0).err, "tokens.toml: no findings\n");
    folder.write("tokens.toml", "version = 1\n\n[scopes]\n");
    folder.run(&["check"]).ends(0);
    folder.run(&["scan"]).ends(0);

    let hooks = include_str!("../../../.pre-commit-hooks.yaml");
    for id in ["token-scan", "token-scan-python", "token-check", "token-check-python"] {
        assert!(hooks.contains(&format!("- id: {id}\n")), "{id}");
    }
    for id in blocks("yaml")[0].lines().filter_map(|line| line.split_once("- id: ")) {
        let id = id.1.split(' ').next().unwrap();
        assert!(hooks.contains(&format!("- id: {id}\n")), "{id}");
    }
    // The commands of the guide are commands.
    for line in blocks("sh").iter().flat_map(|block| block.lines()) {
        if let Some(rest) = line.strip_prefix("tokenctl ") {
            let words = rest.split('#').next().unwrap().split_whitespace();
            folder.run(&words.collect::<Vec<_>>()).ends(0);
        }
    }
}
