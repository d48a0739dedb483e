//! What is accepted, for how long, and how loudly it is told when nothing needs it any more.

#![allow(
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use support::{github, scan, token};
use token_scan::{Entry, Level, Report, Scan};

/// What `generic-secret` finds.
fn line(seed: u64) -> String {
    format!("api_{}: \"{}\"", "key", &token(seed)[16..48])
}

fn codes(report: &Report) -> Vec<&str> {
    report.findings().iter().map(|finding| finding.code()).collect()
}

/// The mark is put together here, so that these sources have no such comment.
fn mark(rest: &str) -> String {
    format!("token-scan:{rest}")
}

#[test]
fn a_comment_with_a_reason_suppresses_a_guess() {
    let plain = scan().bytes("a.yml", line(1).as_bytes());
    assert_eq!(codes(&plain), ["generic-secret"]);
    for text in [
        format!("{} # {}", line(1), mark("ignore(generic-secret) a published vector")),
        format!(
            "// {}\n{}",
            mark("ignore-next-line(url-password, generic-secret) a published vector"),
            line(1)
        ),
        format!("<!-- {} -->\n{}", mark("ignore-next-line(generic-secret) vector"), line(1)),
    ] {
        let report = scan().bytes("a.yml", text.as_bytes());
        assert_eq!((codes(&report), report.suppressed()), (vec![], 1), "{text}");
    }
}

#[test]
fn a_comment_without_a_reason_or_for_another_rule_or_line_does_not() {
    let cases = [
        (format!("{} # {}", line(1), mark("ignore(generic-secret)")), "suppression-without-reason"),
        (
            format!("{} # {}", line(1), mark("ignore(generic-secret) --")),
            "suppression-without-reason",
        ),
        (format!("{} # {}", line(1), mark("ignore(url-password) why")), "suppression-unused"),
        (format!("{} # {}", line(1), mark("ignore(no-such-rule) why")), "suppression-unknown-rule"),
        (
            format!("# {}\n\n{}", mark("ignore-next-line(generic-secret) why"), line(1)),
            "suppression-unused",
        ),
    ];
    for (text, told) in cases {
        let report = scan().bytes("a.yml", text.as_bytes());
        let codes = codes(&report);
        assert!(codes.contains(&"generic-secret") && codes.contains(&told), "{codes:?}");
    }
}

#[test]
fn a_comment_does_not_suppress_what_is_certain() {
    for text in [token(1), github(1)] {
        let rule = if text.starts_with("gh") { "github-token" } else { "own-token" };
        let text = format!("{text} # {}", mark(&format!("ignore({rule}) I know")));
        let report = scan().bytes("a.yml", text.as_bytes());
        assert_eq!(codes(&report), [rule, "suppression-of-certain"]);
        assert!(report.findings().iter().all(|finding| finding.level() == Level::Deny));
    }
}

#[test]
fn what_only_mentions_such_a_comment_is_none() {
    for text in [
        mark("ignore(generic-secret) x"),
        format!("# {}", mark("ignore(RULE) x")),
        format!("// {}", mark("ignore")),
    ] {
        assert!(scan().bytes("a.txt", text.as_bytes()).findings().is_empty(), "{text}");
    }
}

fn entry(path: &str, text: &str) -> Entry {
    let report = scan().bytes(path, text.as_bytes());
    report.entries()[0].clone()
}

fn with_file(text: &str) -> token_scan::Scanner {
    Scan::new()
        .prefix(support::PREFIX.parse().unwrap())
        .suppressions("token-scan.allow", text)
        .today(20_000)
        .build()
        .unwrap()
}

/// 20,000 days after 1970 is 2024-10-04.
#[test]
fn an_entry_suppresses_what_it_names_until_its_end() {
    let entry = entry("a b%.txt", &token(1));
    let text = |end: &str| {
        Entry::file(vec![entry.clone().because(end, "the old key of the demo").unwrap()])
    };
    let report = with_file(&text("2024-10-04")).bytes("a b%.txt", token(1).as_bytes());
    assert_eq!((codes(&report), report.suppressed()), (vec![], 1));
    // Moved inside the file.
    let moved = format!("\n\n  x = {}", token(1));
    assert!(
        with_file(&text("2024-10-04")).bytes("a b%.txt", moved.as_bytes()).findings().is_empty()
    );
    // Past its end, of another file, of another value.
    assert_eq!(
        codes(&with_file(&text("2024-10-03")).bytes("a b%.txt", token(1).as_bytes())),
        ["own-token"]
    );
    assert_eq!(
        codes(&with_file(&text("2024-10-04")).bytes("b.txt", token(1).as_bytes())),
        ["own-token"]
    );
    assert_eq!(
        codes(&with_file(&text("2024-10-04")).bytes("a b%.txt", token(2).as_bytes())),
        ["own-token"]
    );
}

#[test]
fn what_has_expired_or_is_not_needed_is_told_with_its_line() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("a.txt"), token(1)).unwrap();
    let used = entry("a.txt", &token(1)).because("2030-01-01", "used").unwrap();
    let stale = entry("b.txt", &token(2)).because("2030-01-01", "stale").unwrap();
    let old = entry("a.txt", &token(1)).because("2020-02-29", "old").unwrap();
    let text = format!("# why\n{used}\n{stale}\n{old}\n");
    let report = with_file(&text).tree(tree.path()).unwrap();
    let told: Vec<(u32, &str)> =
        report.findings().iter().map(|f| (f.place().unwrap().line(), f.code())).collect();
    assert_eq!(told, [(3, "suppression-unused"), (4, "suppression-expired")]);
}

#[test]
fn the_file_is_sorted_and_two_branches_unite() {
    let a = entry("a.txt", &token(1)).because("2030-01-01", "a").unwrap();
    let b = entry("b.txt", &token(2)).because("2030-01-01", "b").unwrap();
    let file = Entry::file(vec![b.clone(), a.clone(), b.clone()]);
    assert_eq!(file.lines().count(), 2);
    assert!(file.lines().is_sorted());
    let parsed: Vec<Entry> = file.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(parsed, [a.clone(), b.clone()]);
    // Git's union of two files, in any order and with repetitions.
    let united = format!("{b}\n{a}\n{b}\n");
    let scanner = with_file(&united);
    assert!(scanner.bytes("a.txt", token(1).as_bytes()).findings().is_empty());
    assert!(scanner.bytes("b.txt", token(2).as_bytes()).findings().is_empty());
}

#[test]
fn an_entry_shows_nothing_of_its_value() {
    let one = entry("a.txt", &token(1)).because("2030-01-01", "x").unwrap();
    let two = entry("a.txt", &token(1)).because("2030-01-01", "x").unwrap();
    assert_ne!(one, two, "each has a salt of its own");
    let text = one.to_string();
    assert!(
        !token(1).as_bytes().windows(8).any(|w| text.contains(std::str::from_utf8(w).unwrap()))
    );
}

#[test]
fn a_wrong_line_is_an_error_with_its_number() {
    let good = entry("a.txt", &token(1)).because("2030-01-01", "why").unwrap().to_string();
    let cut = |words: usize| good.split(' ').take(words).collect::<Vec<_>>().join(" ");
    for bad in [
        cut(4),
        cut(3),
        good.replace("2030-01-01", "2030-02-30"),
        good.replace("2030-01-01", "never"),
        good.replace(':', ""),
    ] {
        let text = format!("{good}\n{bad}\n");
        let error = Scan::new().suppressions("x.allow", &text).build().err().unwrap();
        assert!(error.to_string().starts_with("x.allow:2: "), "{error}");
    }
    assert!(entry("a.txt", &token(1)).because("2030-01-01", " ").is_err());
}

/// A scan that does not look for something cannot say that its suppression is needless.
#[test]
fn what_is_not_looked_for_is_not_unused() {
    let tree = tempfile::tempdir().unwrap();
    let text = format!("{}{}", line(1), mark("(generic-secret) a test vector"));
    std::fs::write(tree.path().join("a.py"), &text).unwrap();
    std::fs::write(tree.path().join("b.py"), line(2)).unwrap();
    let accepted = entry("b.py", &line(2)).because("2999-01-01", "the demo's").unwrap();
    let file = Entry::file(vec![accepted]);
    let part = || Scan::bare().suppressions("s", &file);
    assert_eq!(codes(&part().tree(tree.path()).unwrap()), Vec::<&str>::new());
    assert_eq!(codes(&part().max_file_bytes(1).tree(tree.path()).unwrap()), Vec::<&str>::new());
    let all = Scan::new().suppressions("s", &file).max_file_bytes(1);
    assert_eq!(codes(&all.tree(tree.path()).unwrap()), Vec::<&str>::new());
}
