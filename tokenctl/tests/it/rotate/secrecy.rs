//! Where a token stands while it is replaced: on standard inputs, with the issuer and with the consumer.

use std::fs;
use std::path::Path;

use super::project::Project;
use crate::support::shows;

/// Every argument and variable of every process that a step can see, but for the step's own.
const LOOK: &str =
    "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >>\"$STATE/seen\" 2>/dev/null || true";

/// The bytes of a file that may not be UTF-8.
fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

#[track_caller]
fn is_nowhere(number: u64, texts: &[&str]) {
    let token = Project::token(number);
    for text in texts {
        assert!(!shows(text, &token), "token {number}: {text}");
    }
}

#[test]
fn no_argument_variable_file_or_output_has_eight_bytes_of_a_token() {
    let project = Project::running();
    project.hook("before", LOOK);
    project.hook("after", LOOK);
    let ran = project.rotate(&["--verbose"]).ends(0);
    let json = project.rotate(&["--format", "json"]).ends(0);
    let seen = text(&project.state("seen"));
    assert!(seen.contains("registry-push"), "the test sees arguments");
    let lock = project.folder.read("repository/tokens.lock");
    let journal = project.folder.read("repository/.token/rotate.journal");
    for number in 1..=3 {
        is_nowhere(number, &[&seen, &ran.out, &ran.err, &json.out, &json.err, &lock, &journal]);
    }
}

/// A step that fails and says the token: on standard error, in any place and form of a word.
#[test]
fn what_a_step_says_of_a_token_is_masked() {
    let says = [
        ("after", "create", "echo \"created $token for you\" >&2; exit 1"),
        ("after", "create", "echo \"token=$token\" >&2; exit 1"),
        ("before", "set", "echo \"cannot store $(cat)\" >&2; exit 1"),
        ("before", "set", "x=$(cat); echo \"no $(echo $x | cut -c1-12)\" >&2; exit 1"),
        ("before", "test", "cat >&2; exit 1"),
        ("before", "test", "cat; exit 1"),
        ("before", "set", "cat; exit 1"),
    ];
    for (when, step, script) in says {
        let project = Project::new();
        project.hook(when, &format!("[ $verb != {step} ] || {{ {script}; }}"));
        let ran = project.rotate(&[]).ends(6);
        is_nowhere(1, &[&ran.out, &ran.err]);
        assert!(ran.err.contains("exit status: 1"), "{script}: {ran:?}");
    }
}

/// A reply that has the token where something public is expected.
#[test]
fn a_reply_that_does_not_fit_tells_no_token_and_no_lock_gets_one() {
    let replies = [
        (
            "printf '{\"auth\": {\"token\": \"%s\", \"handle\": \"%s\", \"ttl\": 1}}' $token $token",
            "part of the token",
        ),
        ("printf '{\"auth\": {\"token\": \"%s\"}}' $token", "does not fit"),
        (
            "printf '{\"auth\": {\"token\": \"%s\", \"handle\": \"a\", \"ttl\": \"%s\"}}' $token $token",
            "seconds",
        ),
        ("printf '{\"auth\": {\"token\": \"%s\", \"handle\": null, \"ttl\": 1}}' $token", "null"),
        ("printf '{\"auth\": {\"token\": \"%s\"' $token", "does not fit"),
        ("printf '%s' $token", "does not fit"),
        (
            "printf '{\"auth\": {\"token\": [\"%s\"], \"handle\": \"a\", \"ttl\": 1}}' $token",
            "does not fit",
        ),
        ("printf ''", "does not fit"),
        (
            "printf '{\"auth\": {\"token\": \"%s\", \"handle\": \"key-1\", \"ttl\": 99999999}}' $token",
            "longer than the policy permits",
        ),
        (
            "printf '{\"auth\": {\"token\": \"%s\", \"handle\": \"key-1\", \"ttl\": null}}' $token",
            "never expires",
        ),
    ];
    for (reply, says) in replies {
        let project = Project::new();
        let script = format!(
            "[ $verb != create ] || {{ token=$(head -n 1 \"$STATE/tokens\"); printf %s $token >\"$STATE/live/key-1\"; {reply}; exit 0; }}"
        );
        project.hook("before", &script);
        let ran = project.rotate(&[]);
        assert!(matches!(ran.code, Some(6 | 7)), "{reply}: {ran:?}");
        assert!(ran.err.contains(says), "{reply}: {ran:?}");
        let lock = project.folder.read("repository/tokens.lock");
        let journal = project.folder.read("repository/.token/rotate.journal");
        is_nowhere(1, &[&ran.out, &ran.err, &lock, &journal]);
        assert!(!project.called().contains(&"set".to_owned()), "{reply}");
    }
}

#[test]
fn a_plain_token_is_taken_without_a_reply() {
    let project = Project::with(|policy| {
        policy
            .lines()
            .filter(|line| !line.starts_with("reply"))
            .map(|line| format!("{line}\n"))
            .collect()
    });
    project.hook("before", "[ $verb != create ] || { token=$(head -n 1 \"$STATE/tokens\"); printf %s $token >\"$STATE/live/key-1\"; printf '%s\\n' $token; exit 0; }");
    let ran = project.rotate(&[]).ends(0);
    project.is_settled();
    is_nowhere(1, &[&ran.out, &ran.err]);
}
