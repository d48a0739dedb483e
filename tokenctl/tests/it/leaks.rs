//! Nothing that the program says has eight bytes of a secret, wherever the secret stands.

use crate::support::{Folder, POLICY, audit_log, github, password, shows, token};

/// Every way to run it, with whatever went wrong.
const RUNS: &[&[&str]] = &[
    &["check"],
    &["check", "leaky.toml"],
    &["check", "broken.toml"],
    &["check", "secret.txt"],
    &["diff"],
    &["diff", "leaky.toml"],
    &["diff", "tokens.toml", "broken.toml"],
    &["scan"],
    &["scan", "--max-size", "0"],
    &["scan", "--staged"],
    &["scan", "--since", "HEAD~1"],
    &["scan", "--ignored"],
    &["scan", "--policy", "leaky.toml"],
    &["scan", "--policy", "broken.toml"],
    &["scan", "--rules", "secret.txt"],
    &["scan", "--rules", "leaky-rules.toml"],
    &["scan", "--known", "secret.txt"],
    &["scan", "--suppressions", "secret.txt"],
    &["scan", "--suppress", "generic-secret:secret.txt", "--reason", "a", "--until", "x"],
    &["audit", "verify", "audit", "--key", "secret.txt"],
    &["audit", "verify", "secret.txt", "--key", "audit.vkey"],
    &["audit", "verify", "audit", "--key", "audit.vkey", "--pinned", "secret.txt"],
    &["audit", "open", "audit", "--key", "secret.txt"],
    &["audit", "prove", "audit", "--from", "secret.txt", "--key", "audit.vkey"],
    &["audit", "use", "secret.txt", "--key", "audit.vkey"],
    &["init", "--hook"],
];

fn planted(secrets: &[String]) -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.commit_all("first");
    let all = secrets.join("\n");
    folder.write("secret.txt", format!("{all}\n"));
    folder.write(
        "settings.py",
        secrets.iter().map(|value| format!("password = \"{value}\"\n")).collect::<String>(),
    );
    folder.write(".gitignore", "ignored.txt\n");
    folder.write("ignored.txt", &all);
    folder.write("leaky-rules.toml", format!("[[rule]]\nid = \"{}\"\n", secrets[0]));
    // What is certain may also stand in names.
    for secret in &secrets[..2] {
        folder.write(&format!("names/{secret}.txt"), secret);
        folder.write(&format!("leaky/{secret}/tokens.toml"), POLICY);
    }
    folder.write("leaky.toml", POLICY.replace("platform-team", &secrets[0]));
    folder.write("broken.toml", POLICY.replace("scopes       =", &format!("{} =", secrets[1])));
    folder.write(".git/hooks/pre-commit", &all);
    audit_log(&folder);
    folder.commit_all("leaks");
    folder.write("staged.txt", &all);
    folder.git(&["add", "staged.txt"]);
    folder
}

#[test]
fn no_output_shows_a_secret() {
    let secrets = [github(7), token(7), password(7)];
    let folder = planted(&secrets);
    let mut seen = 0;
    for arguments in RUNS {
        for format in ["", "text", "json", "sarif"] {
            for colour in ["never", "always"] {
                let mut all = [arguments, &["--color", colour, "--verbose"][..]].concat();
                if !format.is_empty() {
                    all.extend(["--format", format]);
                }
                let ran = folder.run(&all);
                for secret in &secrets {
                    // What a token of ours begins with is no secret: files and variables are called so.
                    let secret = secret.strip_prefix("acmecorp_ci_").unwrap_or(secret);
                    assert!(!shows(&ran.all(), secret), "{all:?}: {ran:#?}");
                }
                seen += usize::from(!ran.all().is_empty());
            }
        }
    }
    assert!(seen > 150, "{seen}");
}

/// So that the test above would fail.
#[test]
fn what_shows_is_seen() {
    assert!(shows(&format!("x{}y", &github(7)[3..11]), &github(7)));
    assert!(!shows(&github(7)[3..10], &github(7)));
}

/// A mistake in a policy repeats a value, but not one that looks like a token.
#[test]
fn a_mistake_does_not_show_what_looks_like_a_token() {
    let folder = Folder::repository();
    let stripe = format!("sk_{}_{}", "live", &password(1)[..24]);
    folder.write("tokens.toml", POLICY.replace("\"1h\"", &format!("\"{stripe}\"")));
    for arguments in [&["check"][..], &["check", "--format", "json"], &["scan"], &["diff"]] {
        let ran = folder.run(arguments).ends(3);
        assert!(!shows(&ran.all(), &stripe), "{}", ran.all());
    }
}
