//! `check`.

use crate::support::{Folder, POLICY, audit_log, github, password, shows, token};

#[test]
fn the_policy_is_found_above_but_not_outside_of_the_repository() {
    let folder = Folder::new();
    folder.write("tokens.toml", POLICY);
    folder.write("repository/a/b/x", "");
    let missing = folder.run_in("repository/a", &["check"]).ends(3);
    assert!(missing.err.contains("there is no `tokens.toml` here or above"), "{}", missing.err);
    assert!(missing.err.contains("tokenctl init"), "{}", missing.err);
    folder.write("repository/.git/HEAD", "");
    folder.run_in("repository/a/b", &["check"]).ends(3);
    folder.write("repository/tokens.toml", POLICY);
    let found = folder.run_in("repository/a/b", &["check"]).ends(0);
    assert_eq!(found.err, "tokens.toml: no findings\n");
    folder.run_in("repository/a/b", &["check", "../../../tokens.toml"]).ends(0);
}

#[test]
fn levels_decide_how_it_ends() {
    let folder = Folder::new();
    let bare = POLICY.replace("owner        = \"platform-team\"\n", "");
    folder.write("tokens.toml", &bare);
    let warned = folder.run(&["check"]).ends(0);
    assert!(
        warned.out.starts_with("warning[no-owner]: token kind `ci` has no owner\n"),
        "{}",
        warned.out
    );
    assert!(warned.out.contains("| [tokens.ci]"), "{}", warned.out);
    folder.run(&["check", "--deny-warnings"]).ends(1);
    folder.write("tokens.toml", bare.clone() + "[checks]\nno-owner = \"deny\"\n");
    let denied = folder.run(&["check"]).ends(1);
    assert!(denied.out.starts_with("error[no-owner]"), "{}", denied.out);
    folder.write("tokens.toml", bare + "[checks]\nno-owner = \"allow\"\n");
    assert_eq!(folder.run(&["check", "--deny-warnings"]).ends(0).out, "");
}

#[test]
fn mistakes_are_findings_with_a_place_and_no_answer() {
    let folder = Folder::new();
    folder.write("tokens.toml", POLICY.replace("scopes       =", "scpoes       ="));
    let text = folder.run(&["check"]).ends(3).out;
    assert!(text.contains("error[invalid-policy]"), "{text}");
    assert!(text.contains("did you mean `scopes`?"), "{text}");
    let json = folder.run(&["check", "--format", "json"]).ends(3).out;
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["code"], &first["file"]), (&"invalid-policy".into(), &"tokens.toml".into()));
}

#[test]
fn several_policies_are_one_report() {
    let folder = Folder::new();
    folder.write("a.toml", POLICY);
    folder.write("b.toml", POLICY.replace("owner        = \"platform-team\"\n", ""));
    let ran = folder.run(&["check", "a.toml", "b.toml"]).ends(0);
    assert!(ran.out.contains("--> b.toml:"), "{}", ran.out);
    assert_eq!(ran.err, "a.toml: no findings\nb.toml: 1 warning\n");
    let sarif = folder.run(&["check", "a.toml", "b.toml", "--format", "sarif"]).ends(0).out;
    assert!(serde_json::from_str::<serde_json::Value>(&sarif).is_ok());
}

#[test]
fn the_audit_log_says_which_scopes_are_unused() {
    let folder = Folder::new();
    audit_log(&folder);
    let wide = POLICY
        .replace("[tokens.ci]", "\"repo:write\" = \"Push\"\n\n[tokens.ci]")
        .replace("[\"repo:read\"]", "[\"repo:read\", \"repo:write\"]");
    folder.write("tokens.toml", wide);
    let without = folder.run(&["check"]).ends(0);
    assert_eq!(without.out, "");
    let ran = folder.run(&["check", "--log", "audit", "--key", "audit.vkey"]).ends(0);
    assert!(ran.out.starts_with("warning[unused-scope]: token kind `ci`"), "{}", ran.out);
    assert!(
        ran.out.contains("`repo:write`") && ran.out.contains("used in the last 90 days\n"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("note: the log `example.com/deploy` begins on"), "{}", ran.err);
    folder.run(&["check", "--log", "audit"]).ends(2);
    folder.run(&["check", "--log", "none", "--key", "audit.vkey"]).ends(3);
}

#[test]
fn a_token_in_the_policy_is_all_that_is_told() {
    let folder = Folder::new();
    folder.write("tokens.toml", POLICY.replace("platform-team", &github(3)));
    let ran = folder.run(&["check"]).ends(1);
    assert!(ran.out.starts_with("error[github-") && !ran.out.contains("no-"), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn an_endless_file_is_read_to_a_limit() {
    let ran = Folder::new().run(&["check", "/dev/zero"]).ends(3);
    assert_eq!(ran.err, "error: /dev/zero: larger than 64 MiB\n");
}

/// Whatever text of a policy a token stands in, and in whatever form the findings are shown.
#[test]
fn a_token_in_any_text_of_a_policy_is_not_shown() {
    let folder = Folder::repository();
    let places: [(&str, &str); 9] = [
        ("\"platform-team\"", "\"$\""),
        ("\"Read repositories\"", "\"see $\""),
        ("\"repo:read\"", "\"repo:$\""),
        ("[tokens.ci]", "[tokens.\"$\"]"),
        ("max_lifetime =", "source = { file = \"/run/$\" }\nmax_lifetime ="),
        ("max_lifetime =", "source = { command = [\"get\", \"--key=$\"] }\nmax_lifetime ="),
        ("max_lifetime =", "audience = \"https://$.example.org\"\nmax_lifetime ="),
        ("max_lifetime =", "\"$\" = 1\nmax_lifetime ="),
        ("\"1h\"", "\"$\""),
    ];
    for (number, (from, to)) in places.into_iter().enumerate() {
        let seed = u64::try_from(number).unwrap() + 1;
        for secret in [token(seed), format!("x{}", token(seed)), format!("9{}", github(seed))] {
            folder.write("tokens.toml", POLICY.replace(from, &to.replace('$', &secret)));
            for format in ["text", "json", "sarif"] {
                let ran = folder.run(&["check", "--format", format]);
                let tail = &secret[secret.len() - 36..];
                assert!(ran.code != 0 && !shows(&ran.all(), tail), "{from}: {ran:#?}");
            }
        }
    }
}

/// A guess in a text of several lines is masked in the lines of other findings too.
#[test]
fn a_line_of_a_finding_shows_no_part_of_a_guess() {
    let folder = Folder::repository();
    let (secret, rest) = (password(1), password(2));
    let policy = POLICY.replace(
        "owner        = \"platform-team\"\n",
        &format!("api_key = \"{secret}=\\\n {rest}\" ; x = 1\n"),
    );
    for text in [
        policy,
        POLICY.replace("\"Read repositories\"", &format!("\"password='{secret}={rest}'\"")),
    ] {
        folder.write("tokens.toml", text.replace("[\"repo:read\"]", "[\"repo:*\"]"));
        let ran = folder.run(&["check"]);
        assert!(!shows(&ran.all(), &secret) && !shows(&ran.all(), &rest), "{ran:#?}");
    }
}

/// A line that is too long to be shown is not repeated by its mistake either.
#[test]
fn a_mistake_in_a_long_line_repeats_no_guess() {
    let folder = Folder::repository();
    let secret = password(1);
    let scopes = format!("[\"password={secret}\"] # {}", "a ".repeat(300));
    let one = POLICY.replace("[\"repo:read\"]", &scopes);
    let two = one.replace("\"Read repositories\"", &format!("\"password={}\"", password(2)));
    for text in [one, two] {
        folder.write("tokens.toml", text);
        let ran = folder.run(&["check"]).ends(3);
        assert!(ran.out.contains("tokens.toml:8"), "{}", ran.out);
        assert!(!shows(&ran.all(), &secret), "{ran:#?}");
    }
    // Without a guess in the line, the mistake is told in full.
    let plain = format!("[\"repo:delete\"] # {}", "a ".repeat(300));
    let text = POLICY.replace("[\"repo:read\"]", &plain);
    let guess = format!("\"password={}\"", password(2));
    folder.write("tokens.toml", text.replace("\"Read repositories\"", &guess));
    let ran = folder.run(&["check"]).ends(3);
    assert!(ran.out.contains("repo:delete"), "{}", ran.out);
}

/// A policy in a package, and the sources of the package.
fn package(main: &str) -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.write("Cargo.toml", "[package]\nname = \"app\"\n");
    folder.write("src/main.rs", format!("token_core::policy!(\"../tokens.toml\");\n{main}"));
    folder
}

const BESIDE: &str = "\
#[derive(TokenKind)]
#[token_kind(name = \"ci\", scopes(scope::RepoAdmin), max_lifetime = \"3650d\")]
enum Ci {}
mod wide { token_core::policy!(\"../wide.txt\"); }
mod ops { mod scope { pub type RepoAdmin = crate::scope::RepoRead; } }
impl Grants<scope::RepoAdmin> for kind::Ci {}
";

#[test]
fn what_the_sources_declare_beside_the_policy_is_denied() {
    let folder = package(BESIDE);
    let ran = folder.run(&["check"]).ends(1);
    for (code, place) in [
        ("derived-kind", "src/main.rs:2:10"),
        ("further-policy", "src/main.rs:5:24"),
        ("shadowing-module", "src/main.rs:6:15"),
        ("written-grant", "src/main.rs:7:6"),
    ] {
        assert!(ran.out.contains(&format!("error[{code}]")), "{code}: {}", ran.out);
        assert!(ran.out.contains(place), "{place}: {}", ran.out);
    }
    assert!(ran.err.contains("Rust sources: "), "{}", ran.err);
    // The policy may be named, and the command run below.
    folder.run(&["check", "tokens.toml"]).ends(1);
    folder.run_in("src", &["check"]).ends(1);
    let json = folder.run(&["check", "--format", "json"]).ends(1);
    assert_eq!(json.out.lines().count(), 4, "{}", json.out);
    assert!(json.out.lines().all(|line| line.contains("src/main.rs")), "{}", json.out);
}

#[test]
fn the_levels_and_exceptions_of_a_policy_are_for_its_sources_too() {
    let folder = package(BESIDE);
    let levels = "[checks]\nfurther-policy = \"allow\"\nshadowing-module = \"warn\"\nwritten-grant = \"allow\"\n";
    let except =
        "[[checks.exceptions]]\ncode = \"derived-kind\"\nkind = \"ci\"\nreason = \"a test\"\n";
    folder.write("tokens.toml", format!("{POLICY}{levels}"));
    let ran = folder.run(&["check"]).ends(1);
    assert!(ran.out.contains("warning[shadowing-module]"), "{}", ran.out);
    folder.write("tokens.toml", format!("{POLICY}{levels}{except}"));
    let ran = folder.run(&["check"]).ends(0);
    assert_eq!(ran.out.matches("[shadowing-module]").count(), 1, "{}", ran.out);
    assert!(!ran.out.contains("unmatched"), "{}", ran.out);
    folder.run(&["check", "--deny-warnings"]).ends(1);
}

#[test]
fn a_clean_package_and_a_policy_without_one_are_clean() {
    package("fn main() {}\n#[cfg(test)] mod tests { #[derive(TokenKind)] enum X {} }\n")
        .run(&["check"])
        .ends(0);
    let folder = Folder::new();
    folder.write("tokens.toml", POLICY);
    folder.write("below/main.rs", BESIDE);
    folder.run(&["check"]).ends(0);
    // Without a `Cargo.toml` above it, a policy in a repository is for what is below it.
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.write("rust/Cargo.toml", "[package]\nname = \"app\"\n");
    folder.write("rust/src/lib.rs", BESIDE);
    folder.run(&["check"]).ends(1);
}

#[test]
fn a_package_with_a_policy_of_its_own_is_told() {
    let folder = package("");
    folder.write("other/Cargo.toml", "[package]\nname = \"other\"\n");
    folder.write("other/tokens.toml", POLICY);
    folder.write("other/src/lib.rs", BESIDE);
    let ran = folder.run(&["check", "tokens.toml"]).ends(0);
    assert!(ran.err.contains("the package in other has a policy of its own"), "{}", ran.err);
    folder.run(&["check", "tokens.toml", "other/tokens.toml"]).ends(1);
    let all = folder.run(&["check"]).ends(1);
    assert!(!all.err.contains("of its own"), "{}", all.err);
}

/// Where the command runs, as a hook and CI do, does not decide which policies are judged.
#[test]
fn every_policy_below_is_judged_and_the_nearest_above() {
    let folder = Folder::repository();
    let bare = POLICY.replace("owner        = \"platform-team\"\n", "");
    folder.write(".gitignore", "ignored\n");
    folder.write("ignored/tokens.toml", "version = 9\n");
    folder.write("packages/a/tokens.toml", POLICY);
    folder.write("packages/a/src/deep/tokens.toml", POLICY);
    folder.write("packages/b/tokens.toml", &bare);
    let root = folder.run(&["check"]).ends(0);
    let expected = "packages/a/src/deep/tokens.toml: no findings\npackages/a/tokens.toml: no findings\n\
                    packages/b/tokens.toml: 1 warning\n";
    assert_eq!(root.err, expected);
    folder.run(&["check", "--deny-warnings"]).ends(1);
    let below = folder.run_in("packages/a/src", &["check", "--deny-warnings"]).ends(0);
    assert_eq!(below.err, expected.split_inclusive('\n').take(2).collect::<String>());
    // One that is deleted, but not committed so yet, is not there; one with a mistake is no answer.
    folder.git(&["add", "--all"]);
    std::fs::remove_file(folder.path().join("packages/a/src/deep/tokens.toml")).unwrap();
    assert_eq!(folder.run(&["check"]).ends(0).err.lines().count(), 2);
    folder.write("packages/b/tokens.toml", "version = 9\n");
    folder.run(&["check"]).ends(3);
    // Whoever names a file wants this one, and nobody's ignored file is judged but by its name.
    folder.run(&["check", "packages/a/tokens.toml"]).ends(0);
    folder.run(&["check", "ignored/tokens.toml"]).ends(3);
}
