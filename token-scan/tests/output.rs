//! No output has eight bytes of a token in a row, and no input makes the scanner panic.

#![allow(
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use std::sync::LazyLock;

use base64::Engine as _;
use proptest::prelude::*;
use support::{github, scan, token};
use token_scan::{Report, Scan, Scanner};

static SCANNER: LazyLock<Scanner> = LazyLock::new(scan);

/// Everything that can be shown of a report.
fn shown(report: &Report) -> String {
    let mut text = format!("{:?}", report.findings());
    token_policy::report::text(report.findings(), &mut text).unwrap();
    text.extend(report.entries().iter().map(|entry| entry.to_string()));
    text + &format!("{report:?}")
}

fn shows(text: &str, token: &str) -> bool {
    token.as_bytes().windows(8).any(|window| text.contains(std::str::from_utf8(window).unwrap()))
}

fn form(token: &str, number: usize) -> String {
    match number {
        0 => token.to_owned(),
        1 => base64::engine::general_purpose::STANDARD.encode(token),
        2 => token.bytes().map(|byte| format!("{byte:02x}")).collect(),
        3 => token.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        _ => format!("concat!(\"{}\", \"{}\")", &token[..13], &token[13..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_output_has_eight_bytes_of_a_token(
        seeds in prop::collection::vec((1_u64..1000, any::<bool>(), 0_usize..5), 1..5),
        glue in "[ ,;=\n]{1,3}",
        name in "[a-z]{0,6}",
    ) {
        let make = |(seed, ours, _): &(u64, bool, usize)| if *ours { token(*seed) } else { github(*seed) };
        let tokens: Vec<String> = seeds.iter().map(make).collect();
        let parts = seeds.iter().zip(&tokens).map(|((_, _, number), token)| form(token, *number));
        let text = parts.map(|part| format!("{name}{glue} {part}")).collect::<Vec<_>>().join(&glue);
        let path = format!("dir/{}.rs", tokens[0]);
        let report = SCANNER.bytes(&path, text.as_bytes());
        prop_assert!(!report.findings().is_empty());
        let output = shown(&report);
        for (token, (_, _, number)) in tokens.iter().zip(&seeds) {
            prop_assert!(!shows(&output, token.strip_prefix("acmecorp_deploy_").unwrap_or(token)));
            if (1..4).contains(number) {
                prop_assert!(!shows(&output, &form(token, *number)), "in form {number}");
            }
        }
    }

    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), rust in any::<bool>()) {
        SCANNER.bytes(if rust { "a.rs" } else { "a" }, &bytes);
    }

    #[test]
    fn no_rust_makes_it_panic(text in "([a-z]{1,3}|concat!|[(\\[{}\\])]|\"[a-z\\\\]{0,6}\"?|b'.?'?|[0-9]{1,4}|\\\\\n|[+,.&;:!#r]| |é){0,80}") {
        SCANNER.bytes("a.rs", text.as_bytes());
    }

    #[test]
    fn no_escape_or_digits_make_it_panic(text in "([%&\\\\]|[0-9a-f]{1,30}|u\\{|u00|x|#|;|\n|H4sI[A-Za-z0-9+/]{20,40}|-----BEGIN PRIVATE KEY-----|eyJ|=|\\\\n){0,60}") {
        SCANNER.bytes("a.txt", text.as_bytes());
    }
}

#[test]
fn every_example_of_every_rule_stays_hidden() {
    for rule in SCANNER.rules() {
        for example in rule.examples() {
            let output = shown(&SCANNER.bytes("a.txt", example.as_bytes()));
            // The last long word of an example is its token, or a part of it.
            let mut words = example.split(|c: char| !c.is_ascii_alphanumeric());
            let word = words
                .rfind(|word| word.len() >= 14 && word.bytes().any(|b| b.is_ascii_digit()))
                .unwrap_or("not in any output");
            assert!(!shows(&output, word), "{}: {output}", rule.id());
        }
    }
}

#[test]
fn a_wrong_rule_is_an_error_with_its_line() {
    let rule = |rest: &str| {
        format!(
            "# rules\n[[rule]]\nid = \"x\"\ndescription = \"X\"\nkeywords = [\"xyz\"]\n{rest}\n"
        )
    };
    assert!(Scan::new().rules(&rule("pattern = 'xyz[0-9]{8}'")).is_ok());
    for bad in [
        "",
        "pattern = 'xyz('",
        "pattern = 'x'\nsort = \"certain\"",
        "pattern = 'x'\nbefore = 100000000",
        "pattern = 'x'\nchecksum = \"no\"",
        "pattern = [",
    ] {
        assert!(Scan::new().rules(&rule(bad)).is_err(), "{bad}");
    }
    assert!(Scan::new().rules("[[rule]]\nid = \"X Y\"\n").is_err());
}

#[test]
fn a_users_rules_find_what_they_say() {
    let rules = "[[rule]]\nid = \"acme\"\ndescription = \"Acme\"\nkeywords = [\"acme-\"]\npattern = 'acme-[0-9a-f]{12}'\n\
                 [[rule]]\nid = \"pin\"\ndescription = \"PIN\"\nkeywords = [\"door_pin\"]\nassigned = '[0-9]{6}'\njudged = false\n";
    let scanner = Scan::bare().rules(rules).unwrap().build().unwrap();
    let report = scanner.bytes("a", b"x acme-0a1b2c3d4e5f y\nDOOR_PIN = \"493817\"\n");
    let codes: Vec<&str> = report.findings().iter().map(|finding| finding.code()).collect();
    assert_eq!(codes, ["acme", "pin"]);
}

#[test]
fn a_gitleaks_configuration_is_read() {
    let toml = r#"
title = "ours"
[allowlist]
paths = ['''vendor/''']
regexes = ['''AAAA''']
[[rules]]
id = "Acme_Legacy"
description = "Acme"
regex = '''(?i)acme[ =]+['"]?([0-9a-f]{16})\b'''
keywords = ["acme"]
entropy = 2.0
[[rules.allowlists]]
stopwords = ["dead"]
[[rules]]
id = "second-group"
regex = '''(user):(pw[a-z0-9]{10})'''
secretGroup = 2
path = '''\.conf$'''
[[rules]]
id = "only-a-path"
path = '''\.pem$'''
"#;
    let scanner = Scan::bare().gitleaks(toml).unwrap().build().unwrap();
    let codes = |path: &str, text: &str| -> Vec<String> {
        let report = scanner.bytes(path, text.as_bytes());
        report
            .findings()
            .iter()
            .map(|finding| format!("{}@{}", finding.code(), finding.place().unwrap().column()))
            .collect()
    };
    assert_eq!(codes("a.txt", "ACME = '0123456789abcdef'"), ["Acme_Legacy@9"]);
    assert!(codes("a.txt", "ACME = 'dead456789abcdef'").is_empty());
    assert!(codes("a.txt", "ACME = '0000000000000000'").is_empty());
    assert_eq!(codes("a.conf", "user:pwq8r3t5y7u1"), ["second-group@6"]);
    assert!(codes("a.txt", "user:pwq8r3t5y7u1").is_empty());
    assert!(Scan::bare().gitleaks("[[rules]]\nid = \"x\"\nregex = '('\n").is_err());
}

/// What only looks like a token is not shown beside what is one, in a binary file neither.
#[test]
fn a_neighbour_of_a_token_is_not_shown() {
    let stripe = format!("sk_{}_{}", "live", &token(1)[16..40]);
    for text in [format!("\0\0 {stripe} {}\n", token(4)), format!("{stripe} {}\n", token(4))] {
        let report = SCANNER.bytes("a.bin", text.as_bytes());
        assert!(report.has_denied());
        let output = shown(&report);
        assert!(!shows(&output, &stripe[8..]), "{output}");
    }
}

/// A finding has its place: nothing in a path is masked but a whole token that is certain.
#[test]
fn a_path_is_told_whatever_tokens_have_in_common_with_it() {
    let rubygems = format!("rubygems_{}", &"0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2)[..48]);
    let tail = format!("ci/{}/a.env", &token(6)[token(6).len() - 20..]);
    let guess = format!("buildkite_agent_{}", &token(7)[16..40]);
    for (path, text) in [
        ("rubygems", &rubygems),
        ("lib/rubygems_credentials.rb", &rubygems),
        ("ci/acmecorp_deploy.env", &token(6)),
        ("ci/acmecorp_deploy_keys.env", &token(6)),
        (&tail, &token(6)),
        ("deploy/buildkite/agent.yml", &format!("api_key: \"{guess}\"")),
        (&format!("keys/{guess}.yml"), &format!("api_key: \"{guess}\"")),
        (&format!("sk_{}_{}/a.py", "live", &token(1)[16..40]), &token(5)),
    ] {
        let report = SCANNER.bytes(path, text.as_bytes());
        let files = report.findings().iter().map(|finding| finding.place().unwrap().file());
        assert_eq!(files.collect::<Vec<_>>(), [path]);
        assert_eq!(report.entries().iter().map(|entry| entry.path()).collect::<Vec<_>>(), [path]);
    }
}

/// A whole token is masked in a path, whatever stands around it and however it is written.
#[test]
fn a_certain_token_in_a_path_is_masked() {
    let unknown = {
        let prefix = token_policy::format::Prefix::parse("other_org").unwrap();
        let mut token = vec![0; prefix.token_bytes()];
        token_policy::format::compose(&prefix, &[9; 128], &mut token).unwrap();
        String::from_utf8(token).unwrap()
    };
    for token in [token(8), github(8), unknown] {
        for path in [
            format!("dir_{token}/a.txt"),
            format!("x{token}"),
            format!("{token}x.rs"),
            format!("a%20{token}.txt"),
            format!("a/{}.txt", token.replace('_', "%5F")),
            format!("9{token}9"),
        ] {
            let is_known = !token.starts_with("other");
            if path.contains("%5F") && !is_known {
                continue; // Without its prefix, a token is only found as it is.
            }
            let text = format!("api_key = \"{}\"", &support::token(7)[16..48]);
            let report = SCANNER.bytes(&path, text.as_bytes());
            assert_eq!(report.has_denied(), is_known, "{path}");
            let output = shown(&report);
            assert!(!shows(&output, &token), "{path}: {output}");
            assert!(!shows(&output, &token.replace('_', "%5F")), "{path}: {output}");
            assert!(report.entries().is_empty(), "an entry would show the path");
        }
    }
}

/// In a text, a certain token is found and masked in the middle of a word too.
#[test]
fn a_certain_token_in_a_word_is_found() {
    for token in [token(9), github(9)] {
        for text in [format!("x{token}"), format!("dir_{token}_1"), format!("{token}{token}")] {
            let report = SCANNER.bytes("a.txt", text.as_bytes());
            assert!(report.has_denied(), "{text}");
            assert!(!shows(&shown(&report), &token), "{text}");
        }
    }
}
