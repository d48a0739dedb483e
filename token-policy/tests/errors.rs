//! How errors are shown, and what is left of a refused policy.
#![cfg(feature = "parse")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use token_policy::{Policy, PolicyErrorKind, PolicyErrors, Uses};

const BAD: &str = r#"version = 1
[scopes]
"repo:read"  = "Read"
"repo write" = "No name"
"repo:push"  = { type = "sdk::Push", implies = ["repo:reed"] }
[tokens.ci]
scopes = ["repo:push"]
max_lifetime = "1y"
uses = "once"
[tokens.Bad]
scopes = ["repo:read"]
max_lifetime = "1h"
"#;

#[test]
fn errors_are_shown_one_per_line_with_what_to_do() {
    let errors = refused(BAD);
    let expected = [
        "4:1: `repo write` cannot be declared: a scope name has a character other than printable ASCII without space, `\"` and `\\` (RFC 6749, section 3.3); name it by words and colons, such as \"repo:read\"",
        "5:49: scope `repo:reed` is not declared; did you mean `repo:read`?",
        "8:16: `max_lifetime` of token kind `ci` is `1y`, but `y` is neither a digit nor a unit; write whole numbers with the units d, h, m, s, the largest first, for example \"1h30m\"",
        "10:9: `Bad` cannot be declared: a token kind's name is not lowercase words joined by hyphens; name it by lowercase words, such as `github-ci`",
    ];
    assert_eq!(errors.to_string(), expected.join("\n"));
    let named: Vec<String> = expected.iter().map(|line| format!("tokens.toml:{line}")).collect();
    assert_eq!(errors.named("tokens.toml").to_string(), named.join("\n"));
    let error = errors.iter().nth(1).unwrap();
    assert_eq!(error.kind(), PolicyErrorKind::UnknownScope);
    assert_eq!(error.message(), "scope `repo:reed` is not declared");
    assert_eq!(error.help(), Some("did you mean `repo:read`?"));
}

#[test]
fn names_are_salvaged() {
    let errors = refused(BAD);
    let scopes: Vec<_> =
        errors.salvaged().scopes().iter().map(|scope| (scope.name(), scope.rust_type())).collect();
    assert_eq!(scopes, [("repo:push", Some("sdk::Push")), ("repo:read", None)]);
    let kinds: Vec<_> =
        errors.salvaged().kinds().iter().map(|kind| (kind.name(), kind.uses())).collect();
    assert_eq!(kinds, [("ci", Uses::Once)]);
}

#[test]
fn names_are_salvaged_from_damaged_toml() {
    let errors = refused(&BAD.replace("\"1y\"", ""));
    assert_eq!(
        errors.to_string(),
        "8:16: invalid TOML: string values must be quoted, expected literal string"
    );
    assert_eq!(errors.salvaged().scopes().len(), 2);
    assert_eq!(errors.salvaged().kinds().len(), 1);
}

#[test]
fn hidden_characters_are_made_visible() {
    let errors = refused("version = 1\n\"a\\u202eb\\n\" = 1\n");
    assert!(errors.to_string().contains("`a\\u{202e}b\\u{a}`"), "{errors}");
    let errors = refused(&format!("version = 1\n{} = 1\n", "k".repeat(1000)));
    assert!(errors.to_string().contains(&format!("`{}...`", "k".repeat(256))), "{errors}");
}

#[test]
fn errors_are_ordinary_errors() {
    fn check<T: std::error::Error + Send + Sync + 'static>() {}
    check::<PolicyErrors>();
    check::<token_policy::PolicyError>();
}

fn refused(text: &str) -> PolicyErrors {
    Policy::parse(text).unwrap_err()
}
