//! Every rule finds its examples and leaves its counterexamples alone.

#![allow(
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use token_scan::{Scan, Sort};

#[test]
fn there_are_enough_rules_and_each_has_examples() {
    let scanner = Scan::new().build().unwrap();
    assert!(scanner.rules().len() >= 60, "{} rules", scanner.rules().len());
    for rule in scanner.rules() {
        assert!(!rule.examples().is_empty(), "{}", rule.id());
        assert!(!rule.counterexamples().is_empty(), "{}", rule.id());
        assert!(!rule.description().is_empty(), "{}", rule.id());
    }
    let certain = scanner.rules().iter().filter(|rule| rule.sort() == Sort::Certain);
    assert!(certain.count() >= 8);
}

/// A file that could not be read would be no rules, and no test would miss them.
#[test]
fn every_rule_that_is_written_is_one() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.map(|path| std::fs::read_to_string(path).unwrap());
    let written: usize = texts.map(|text| text.matches("[[rule]]").count()).sum();
    assert_eq!(Scan::new().build().unwrap().rules().len(), written);
}

#[test]
fn names_are_unique() {
    let scanner = Scan::new().build().unwrap();
    let mut ids: Vec<&str> = scanner.rules().iter().map(|rule| rule.id()).collect();
    ids.sort_unstable();
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before);
}

#[test]
fn every_example_is_found_by_its_rule() {
    let scanner = Scan::new().build().unwrap();
    let mut missed = Vec::new();
    for rule in scanner.rules() {
        for (number, example) in rule.examples().iter().enumerate() {
            let report = scanner.bytes("example.txt", example.as_bytes());
            if !report.findings().iter().any(|finding| finding.code() == rule.id()) {
                let codes: Vec<&str> = report.findings().iter().map(|f| f.code()).collect();
                missed.push(format!("{} example {number}, found {codes:?}", rule.id()));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn no_counterexample_is_found_by_its_rule_or_as_certain() {
    let scanner = Scan::new().build().unwrap();
    let mut wrong = Vec::new();
    for rule in scanner.rules() {
        for (number, example) in rule.counterexamples().iter().enumerate() {
            let report = scanner.bytes("example.txt", example.as_bytes());
            if report.has_denied() || report.findings().iter().any(|f| f.code() == rule.id()) {
                wrong.push(format!("{} counterexample {number}", rule.id()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whatever is planted, a token has one finding: the one that knows most of it.
#[test]
fn an_example_is_told_once() {
    let scanner = Scan::new().build().unwrap();
    let mut several = Vec::new();
    for rule in scanner.rules() {
        for example in rule.examples() {
            let report = scanner.bytes("example.txt", example.as_bytes());
            let codes: Vec<&str> = report.findings().iter().map(|f| f.code()).collect();
            if codes.len() > 1 {
                several.push(format!("{}: {codes:?}", rule.id()));
            }
        }
    }
    assert!(several.is_empty(), "{several:#?}");
}

/// The lines of a key in PEM are a key in base64 too, but it is one key.
#[test]
fn a_key_in_pem_is_told_once() {
    let scanner = Scan::new().build().unwrap();
    let rule = scanner.rules().iter().find(|rule| rule.id() == "private-key-bare").unwrap();
    let digits = rule.examples()[0].split('"').nth(1).unwrap();
    let lines: Vec<&str> =
        digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let label = ["PRIVATE", "KEY-----"].join(" ");
    for line_end in ["\n", "\r\n", "\\n", "\\r\\n", "\n+", "\n# ", "\\n\" +\n  \"", " "] {
        let body = format!("-----BEGIN {label}{line_end}{}{line_end}", lines.join(line_end));
        for (text, code) in [
            (format!("{body}-----END {label}\n"), "private-key"),
            (format!("key = \"{body}-----END {label}\"\n"), "private-key"),
            (lines.join("\n"), "private-key-bare"),
        ] {
            let report = scanner.bytes("a.txt", text.as_bytes());
            let codes: Vec<&str> = report.findings().iter().map(|f| f.code()).collect();
            assert_eq!(codes, [code], "{line_end:?}");
        }
        let cut = scanner.bytes("a.txt", body.as_bytes());
        assert_eq!(cut.findings().len(), 1, "{line_end:?}");
    }
}

/// A remark behind the first line, and what a log writes before each.
#[test]
fn a_key_in_a_log_is_a_whole_one() {
    let scanner = Scan::new().build().unwrap();
    let rule = scanner.rules().iter().find(|rule| rule.id() == "private-key-bare").unwrap();
    let digits = rule.examples()[0].split('"').nth(1).unwrap();
    let label = ["PRIVATE", "KEY-----"].join(" ");
    let key = |parts: &str| {
        let lines = parts.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap());
        let begin = format!("-----BEGIN {label}");
        [vec![begin.as_str()], lines.collect(), vec![&format!("-----END {label}")]]
            .concat()
            .join("\n")
    };
    for before in [
        "",
        "#6 0.245 ",
        "2026-04-26 12:36:01 ",
        "2026-04-26T12:36:01.123Z stdout F ",
        "[12:36:01] ",
    ] {
        for line_end in ["\n", "\r\n", "\\n", "\\r\\n"] {
            for remark in ["", " fake", " # of staging, 2026", "\t(old)"] {
                let lines = |parts: &str| {
                    let text = key(parts).replacen('\n', &format!("{remark}\n"), 1);
                    format!("{line_end}{text}{line_end}x").replace('\n', &format!("\n{before}"))
                };
                let text = lines(digits).replace("\n", line_end);
                if !remark.is_empty() && !before.is_empty() {
                    continue;
                }
                let report = scanner.bytes("a.log", text.as_bytes());
                let codes: Vec<&str> = report.findings().iter().map(|f| f.code()).collect();
                assert_eq!(codes, ["private-key"], "{before:?} {line_end:?} {remark:?} {text}");
            }
        }
    }
    // Documentation shows how a key begins.
    assert!(scanner.bytes("a.md", key(&digits[..140]).as_bytes()).findings().is_empty());
    assert_eq!(
        scanner.bytes("a.md", key(&digits[..digits.len() - 8]).as_bytes()).findings().len(),
        1
    );
}

/// A checksum is wrong after any one character was changed, and then nothing is told, not even a guess.
#[test]
fn one_wrong_character_is_no_finding() {
    let scanner = Scan::new().build().unwrap();
    for rule in
        scanner.rules().iter().filter(|rule| ["github-token", "npm-token"].contains(&rule.id()))
    {
        for example in rule.examples() {
            let token = example.rfind('_').unwrap() + 1;
            for at in token..token + 36 {
                let mut text = example.clone().into_bytes();
                text[at] = if text[at] == b'Z' { b'Y' } else { b'Z' };
                let report = scanner.bytes("example.txt", &text);
                assert!(report.findings().is_empty(), "{} at {at}", rule.id());
            }
        }
    }
}

#[test]
fn a_file_of_rules_is_read_in_either_form() {
    let ours = "[[rule]]\nid = \"acme\"\ndescription = \"Acme\"\nkeywords = [\"acme-\"]\npattern = 'acme-[0-9a-f]{8}'\n";
    let theirs =
        "[[rules]]\nid = \"acme\"\nregex = '''acme-[0-9a-f]{8}'''\nkeywords = [\"acme-\"]\n";
    for text in [ours, theirs] {
        let scanner = Scan::bare().rules_file(text).unwrap().build().unwrap();
        assert_eq!(scanner.rules().iter().map(token_scan::Rule::id).collect::<Vec<_>>(), ["acme"]);
    }
    for text in ["", "title = 1", "[[rule"] {
        assert_eq!(
            Scan::bare().rules_file(text).err().unwrap().kind(),
            token_scan::ErrorKind::Rules
        );
    }
}

#[test]
fn what_is_explained_is_no_rule() {
    let scanner = Scan::new().build().unwrap();
    let codes: Vec<&str> = token_scan::explanations().map(|known| known.code).collect();
    assert!(codes.is_sorted() && codes.contains(&"own-token"));
    assert!(scanner.rules().iter().all(|rule| !codes.contains(&rule.id())));
}

/// Findings that another one links keep their places: only one in the same bytes replaces another.
#[test]
fn a_finding_that_overlaps_its_neighbours_replaces_none() {
    let rule = |id: &str, keyword: &str, pattern: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\ndescription = \"D\"\nkeywords = [\"{keyword}\"]\n\
             pattern = '{pattern}'\njudged = false\n"
        )
    };
    let rules = rule("ends", "xx-", "xx-[0-9a-f]{16}-yy") + &rule("link", "-yy", "-yy xx-");
    let scanner = Scan::bare().rules(&rules).unwrap().build().unwrap();
    let end = "xx-0a1b2c3d4e5f6a7b-yy";
    let report = scanner.bytes("a.txt", format!("{end} {end}\n").as_bytes());
    let expected = ["a.txt:1:1 ends", "a.txt:1:20 link", "a.txt:1:24 ends"];
    assert_eq!(support::places(&report), expected);
}
