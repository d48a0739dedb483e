//! Every file in `samples/`, and the reference file: one valid or invalid policy each.
//!
//! An invalid sample begins with the errors it gives, all of them: `# expect: LINE:COLUMN part of the error`. The
//! second line `# schema: accepts` marks mistakes that a JSON Schema cannot see.
#![cfg(feature = "parse")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use token_policy::Policy;

#[test]
fn valid_samples_are_read() {
    let samples = read("valid");
    assert!(samples.len() >= 15);
    for (name, text) in samples {
        if let Err(errors) = Policy::parse(&text) {
            panic!("{}", errors.named(&name));
        }
    }
}

#[test]
fn invalid_samples_give_exactly_the_expected_errors() {
    let samples = read("invalid");
    assert!(samples.len() >= 45);
    let failures: Vec<String> =
        samples.iter().filter_map(|(name, text)| mismatch(name, text)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn reference_is_read_and_shows_every_key() {
    let reference = include_str!("../reference.toml");
    let policy = Policy::parse(reference).unwrap();
    assert_eq!(policy.scopes().len(), 8);
    assert_eq!(policy.kinds().len(), 8);
    assert_eq!(policy.environments().len(), 2);
    for key in KEYS {
        let is_shown =
            [format!("{key} "), format!("{key}]]")].iter().any(|text| reference.contains(text));
        assert!(is_shown, "the reference doesn't show `{key}`");
    }
}

fn mismatch(name: &str, text: &str) -> Option<String> {
    let Err(errors) = Policy::parse(text) else { return Some(format!("{name} was accepted")) };
    let found: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let expected: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# expect: ")).collect();
    let fits = found.len() == expected.len()
        && found.iter().zip(&expected).all(|(found, expected)| fits(found, expected));
    (!fits).then(|| format!("{name}\nexpected {expected:#?}\nfound    {found:#?}"))
}

/// Whether an error stands at the expected place and contains the expected words.
fn fits(found: &str, expected: &str) -> bool {
    let (place, words) = expected.split_once(' ').unwrap();
    found.starts_with(&format!("{place}: ")) && found.contains(words)
}

fn read(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

const KEYS: &[&str] = &[
    "version",
    "description",
    "implies",
    "type",
    "owner",
    "scopes",
    "max_lifetime",
    "expiry",
    "after",
    "name",
    "leeway",
    "audience",
    "uses",
    "source",
    "env",
    "file",
    "readable_by",
    "credential",
    "command",
    "timeout",
    "rotate",
    "before_expiry",
    "overlap",
    "claim",
    "create",
    "reply",
    "token",
    "handle",
    "expires_in",
    "set",
    "test",
    "find",
    "retire",
    "limit",
    "settle",
    "idempotent",
    "store",
    "format",
    "defaults",
    "certain",
    "specific",
    "guess",
    "environments",
    "ephemeral",
    "release",
    "strict",
    "assurance",
    "exceptions",
    "code",
    "kind",
    "reason",
];
