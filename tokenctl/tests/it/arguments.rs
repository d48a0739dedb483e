//! A token at the command line is not repeated, whatever is wrong with it.

use crate::support::{Folder, POLICY, PROGRAM, github, password, ran, shows, token};

/// Each way to write an argument that some message repeats; `$` stands for the token.
const RUNS: &[&[&str]] = &[
    &["scan", "$"],
    &["scan", "--$"],
    &["scan", "--nonsense=$"],
    &["scan", "--salt", "$"],
    &["scan", "--max-size", "$"],
    &["scan", "--format", "$"],
    &["scan", "--format=$"],
    &["scan", "--color", "$"],
    &["scan", "--policy", "$"],
    &["scan", "--policy", "dir/$/tokens.toml"],
    &["scan", "--rules", "$"],
    &["scan", "--known", "$"],
    &["scan", "--suppressions", "$"],
    &["scan", "--since", "$"],
    &["scan", "-", "--stdin-name", "$"],
    &["scan", "--verbose", "--policy", "$.toml"],
    &["scan", "--suppress", "$", "--reason", "a", "--until", "2999-01-31"],
    &["scan", "--suppress", "$:$", "--reason", "$", "--until", "$"],
    &["scan", "$", "-"],
    &["$"],
    &["$", "scan"],
    &["help", "$"],
    &["explain", "$"],
    &["explain", "a $"],
    &["check", "$"],
    &["check", "$.toml"],
    &["check", "--log", "$", "--key", "$"],
    &["diff", "$"],
    &["diff", "$:$"],
    &["diff", "HEAD:$"],
    &["diff", "tokens.toml", "$"],
    &["diff", "tokens.toml", "$.toml"],
    &["diff", "--format", "json", "tokens.toml", "$.toml"],
    &["diff", "--format", "sarif", "tokens.toml", "$.toml"],
    &["routes", "diff", "$"],
    &["routes", "diff", "HEAD:$", "$.txt"],
    &["routes", "$"],
    &["show", "$"],
    &["source-id", "--rev", "$"],
    &["show", "tokens.toml", "--format", "$"],
    &["init", "$"],
    &["completions", "$"],
    &["man", "--out", "$/x"],
    &["audit", "$"],
    &["audit", "verify", "$", "--key", "$"],
    &["audit", "prove", "audit", "$", "--key", "$"],
    &["audit", "use", "$", "--key", "$", "--days", "$"],
];

fn folder(secrets: &[String]) -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    for secret in secrets {
        let wide = POLICY.replace("\"1h\"", "\"8h\"").replace("owner        =", "# owner");
        folder.write(&format!("{secret}.toml"), wide);
    }
    folder.commit_all("first");
    folder
}

#[test]
fn a_certain_token_is_masked_in_every_message() {
    let secrets = [token(1), github(1)];
    let folder = folder(&secrets);
    let mut said = 0;
    for secret in &secrets {
        for arguments in RUNS {
            for colour in ["never", "always"] {
                let mut all: Vec<String> =
                    arguments.iter().map(|part| part.replace('$', secret)).collect();
                all.extend(["--color".to_owned(), colour.to_owned()]);
                let all: Vec<&str> = all.iter().map(String::as_str).collect();
                let ran = folder.run(&all);
                assert!(!shows(&ran.all(), secret), "{arguments:?}: {ran:#?}");
                said += usize::from(ran.all().contains("****"));
            }
        }
    }
    // Most of these messages repeat their argument; otherwise this test says nothing.
    assert!(said > 2 * RUNS.len(), "{said}");
}

#[test]
fn so_is_a_private_key() {
    let body = password(1) + &password(2);
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    // PKCS #8 (RFC 5958): version, Ed25519 (RFC 8410), 32 bytes.
    let der = "MC4CAQAwBQYDK2VwBCIEI";
    let key = format!("{begin}\n{der}{}\n{end}\n", &body.to_uppercase()[..43]);
    let folder = Folder::repository();
    folder.write("x.txt", &key);
    folder.run(&["scan", "x.txt"]).ends(1);
    let ran = folder.run(&["explain", &key]).ends(2);
    assert!(!shows(&ran.all(), key.lines().nth(1).unwrap()), "{ran:#?}");
}

/// Also encoded, and also where the message has only a part of it.
#[test]
fn so_is_an_encoded_one() {
    let folder = Folder::new();
    let hex: String = github(1).bytes().map(|byte| format!("{byte:02x}")).collect();
    let ran = folder.run(&["explain", &format!("x={hex}")]).ends(2);
    assert!(!shows(&ran.all(), &hex), "{ran:#?}");
    let ran = folder.run(&["explain", &format!("{} {}", "a".repeat(40), github(1))]).ends(2);
    assert!(!shows(&ran.all(), &github(1)), "{ran:#?}");
}

/// What is no token is repeated, or nobody could correct it.
#[test]
fn other_arguments_are_repeated() {
    let folder = Folder::new();
    let ran = folder.run(&["explain", "no-such-code-as-this-one"]).ends(2);
    assert!(ran.err.contains("`no-such-code-as-this-one`"), "{}", ran.err);
    let ran = folder.run(&["scan", "--frmat", "json"]).ends(2);
    assert!(ran.err.contains("'--frmat'") && ran.err.contains("--format"), "{}", ran.err);
}

#[test]
fn what_is_wrong_with_arguments_has_colours_where_they_are_wanted() {
    let folder = Folder::new();
    assert!(!folder.run(&["scan", "--nonsense"]).ends(2).err.contains('\x1b'));
    assert!(folder.run(&["--color=always", "--nonsense"]).ends(2).err.contains('\x1b'));
    assert!(!folder.run(&["--help"]).ends(0).out.contains('\x1b'));
    let forced = ran(folder.command(PROGRAM).env("CLICOLOR_FORCE", "1").arg("--nonsense"));
    assert!(forced.err.contains('\x1b'));
}
