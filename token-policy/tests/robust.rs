//! Hostile and damaged text: never a panic, never slow, errors that can be shown.
#![cfg(feature = "parse")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use token_policy::limits::{
    MAX_CARRIED, MAX_CLOSURE, MAX_ERRORS, MAX_IMPLICATIONS, MAX_KINDS, MAX_SCOPES,
};
use token_policy::{
    MAX_POLICY_BYTES, Policy, PolicyError, PolicyErrorKind, PolicyErrors, Position,
};

const REFERENCE: &str = include_str!("../reference.toml");

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_toml_like_text_is_read_or_refused(text in r#"(version|scopes|tokens|source|a|[0-9]|[\[\]{}="'.,#* \n:]|\\u202e|\u{feff}){0,60}"#) {
        check(&text);
    }

    #[test]
    fn a_damaged_policy_is_read_or_refused(edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, r#"[\[\]{}="'.,#* \na\u{202e}\u{0}]{0,3}"#), 1..6)) {
        let mut chars: Vec<char> = REFERENCE.chars().collect();
        for (at, length, new) in edits {
            let start = at.index(chars.len());
            let end = (start + length).min(chars.len());
            chars.splice(start..end, new.chars());
        }
        check(&chars.into_iter().collect::<String>());
    }
}

/// Every error stands in the text and is one line of plain characters.
fn check(text: &str) {
    let Err(errors) = Policy::parse(text) else { return };
    assert!(errors.iter().next().is_some());
    let lines = text.split('\n').count();
    for error in errors.iter() {
        let shown = error.to_string();
        assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}'), "{shown:?}");
        assert!(error.position().line as usize <= lines, "{shown}");
        let line = text.split('\n').nth(error.position().line as usize - 1).unwrap();
        assert!(error.position().column as usize <= line.chars().count() + 1, "{shown}");
    }
    assert!(errors.iter().map(PolicyError::position).is_sorted());
}

#[test]
fn a_huge_text_is_refused_at_once() {
    let start = Instant::now();
    let errors = refused(&"# a comment\n".repeat(900_000));
    assert!(start.elapsed() < SOON / 5);
    assert_eq!(kinds(&errors), [PolicyErrorKind::TooLarge]);
}

#[test]
fn the_longest_text_is_read() {
    let text = format!("version = 1\n#{}", " ".repeat(MAX_POLICY_BYTES - 13));
    assert_eq!(text.len(), MAX_POLICY_BYTES);
    Policy::parse(&text).unwrap();
    assert_eq!(kinds(&refused(&(text + " "))), [PolicyErrorKind::TooLarge]);
}

#[test]
fn deep_nesting_gives_one_error_soon() {
    let keys = vec!["a"; 100_000].join(".");
    for text in [
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(60_000)),
        format!("{keys} = 1"),
        format!("[{keys}]"),
        format!("version = 1\na = {}{}", "[".repeat(100_000), "]".repeat(100_000)),
    ] {
        let errors = refused_soon(&text);
        assert_eq!(kinds(&errors), [PolicyErrorKind::Syntax], "{errors}");
    }
}

#[test]
fn many_errors_are_counted() {
    let mut text = String::from("version = 1\n[scopes]\n");
    for i in 0..100 {
        writeln!(text, "s{i} = {i}").unwrap();
    }
    let errors = refused(&text);
    assert_eq!(errors.iter().count(), MAX_ERRORS);
    assert_eq!(errors.omitted(), 36);
    assert!(errors.to_string().ends_with("\nand 36 more"));
    assert_eq!(errors.to_string().lines().count(), MAX_ERRORS + 1);
}

#[test]
fn too_many_scopes_and_kinds_are_one_error_each() {
    let scopes = |count| {
        (0..count)
            .fold(String::from("version = 1\n[scopes]\n"), |text, i| text + &format!("s{i} = ''\n"))
    };
    Policy::parse(&scopes(MAX_SCOPES)).unwrap();
    let errors = refused_soon(&scopes(MAX_SCOPES + 1));
    assert_eq!(
        errors.to_string(),
        "2:2: the policy declares 1025 scopes; a policy declares at most 1024"
    );

    let kind = |i| format!("[tokens.k{i}]\nscopes = ['s0']\nmax_lifetime = '1h'\n");
    let kinds = |count| (0..count).fold(scopes(1), |text, i| text + &kind(i));
    Policy::parse(&kinds(MAX_KINDS)).unwrap();
    let errors = refused_soon(&kinds(MAX_KINDS + 1));
    assert_eq!(
        errors.iter().map(PolicyError::kind).collect::<Vec<_>>(),
        [PolicyErrorKind::TooMany]
    );
}

#[test]
fn a_closure_has_a_limit() {
    let chain = |count: usize, kind| {
        let mut text = String::from("version = 1\n[scopes]\n");
        for i in 1..count {
            writeln!(text, "s{i:04} = {{ implies = ['s{:04}'] }}", i - 1).unwrap();
        }
        text + &format!("s0000 = ''\n[tokens.k]\nscopes = [{kind}]\nmax_lifetime = '1h'\n")
    };
    let policy = Policy::parse(&chain(MAX_CLOSURE, "'s0255'")).unwrap();
    assert_eq!(policy.kinds()[0].closure().len(), MAX_CLOSURE);
    let errors = refused_soon(&chain(MAX_CLOSURE + 1, "'s0256'"));
    assert_eq!(
        kinds(&errors),
        [PolicyErrorKind::TooMany],
        "the scope, not also the kind: {errors}"
    );

    let flat: String = (0..=MAX_CLOSURE).map(|i| format!("'s:{i}' = ''\n")).collect();
    let errors = refused(&format!(
        "version = 1\n[scopes]\n{flat}[tokens.k]\nscopes = ['s:*']\nmax_lifetime = '1h'\n"
    ));
    assert_eq!(kinds(&errors), [PolicyErrorKind::TooMany], "{errors}");
    assert!(errors.to_string().contains("token kind `k` carries 257 scopes"));
}

#[test]
fn what_all_kinds_carry_together_has_a_limit() {
    let policy = |kinds: usize, scopes: &str, granted: &str| {
        let kinds = (0..kinds)
            .map(|i| format!("[tokens.k{i}]\nscopes = ['{granted}']\nmax_lifetime = '1h'\n"));
        format!("version = 1\n[scopes]\n{scopes}{}", kinds.collect::<String>())
    };
    let flat: String = (0..MAX_CLOSURE).map(|i| format!("'s:{i}' = ''\n")).collect();
    let fit = MAX_CARRIED / MAX_CLOSURE;
    assert!(Policy::parse(&policy(fit, &flat, "s:*")).is_ok());
    let errors = refused_soon(&policy(fit + 1, &flat, "s:*"));
    assert_eq!(kinds(&errors), [PolicyErrorKind::TooMany], "{errors}");

    let chain: String = (1..MAX_CLOSURE)
        .map(|i| format!("s{i} = {{ implies = ['s{}'] }}\n", i - 1))
        .collect::<String>()
        + "s0 = ''\n";
    let each = MAX_CLOSURE * (MAX_CLOSURE - 1) / 2;
    let fit = MAX_IMPLICATIONS / each;
    assert!(Policy::parse(&policy(fit, &chain, "s255")).is_ok());
    let errors = refused_soon(&policy(fit + 1, &chain, "s255"));
    assert_eq!(kinds(&errors), [PolicyErrorKind::TooMany], "{errors}");
    assert!(errors.to_string().contains("implications among their scopes"), "{errors}");
}

#[test]
fn costly_policies_are_answered_soon() {
    let family = |implies: &str| {
        (0..MAX_SCOPES).fold(String::from("version = 1\n[scopes]\n"), |text, i| {
            text + &format!("'s:{i}' = {implies}\n")
        })
    };
    refused_soon(&family("{ implies = ['s:*'] }"));
    let long: String = (0..900).map(|i| format!("'{}{i:03}' = {{}}\n", "x".repeat(100))).collect();
    let misspelt: String = (0..900).map(|i| format!("'{}{i:03}', ", "y".repeat(100))).collect();
    refused_soon(&format!(
        "version = 1\n[scopes]\n{long}[tokens.k]\nscopes = [{misspelt}]\nmax_lifetime = '1h'\n"
    ));
    let tail: String = (0..900).map(|i| format!("'{}{i:03}zzzzz', ", "x".repeat(100))).collect();
    refused_soon(&format!(
        "version = 1\n[scopes]\n{long}[tokens.k]\nscopes = [{tail}]\nmax_lifetime = '1h'\n"
    ));
    refused_soon(&"a=1\n".repeat(60_000));
    refused_soon(&"\"\\q\" =\n".repeat(37_000));
    refused_soon(&"[a]\n".repeat(60_000));
    refused_soon(&format!(
        "version = 1\n{}",
        (0..30_000).map(|i| format!("k{i}=1\n")).collect::<String>()
    ));
    refused_soon(&format!(
        "version = 1\nscopes = {{{}}}",
        (0..20_000).map(|i| format!("k{i}=1,")).collect::<String>()
    ));
    refused_soon(&"\u{202e}\n".repeat(60_000));
}

#[test]
fn columns_count_characters_and_not_the_byte_order_mark() {
    let errors = refused("\u{feff}version = 2\n");
    assert_eq!(errors.iter().next().unwrap().position(), Position { line: 1, column: 11 });
    let errors = refused("version = 1\r\nscopes = { a = 'é平', b = 1 }\r\n");
    assert_eq!(errors.iter().next().unwrap().position(), Position { line: 2, column: 26 });
}

fn refused(text: &str) -> PolicyErrors {
    Policy::parse(text).unwrap_err()
}

/// Without optimization, and on a busy machine, everything takes several times as long.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });

fn refused_soon(text: &str) -> PolicyErrors {
    let start = Instant::now();
    let errors = refused(text);
    assert!(start.elapsed() < SOON, "{:?} for {:.60}", start.elapsed(), text);
    errors
}

fn kinds(errors: &PolicyErrors) -> Vec<PolicyErrorKind> {
    errors.iter().map(PolicyError::kind).collect()
}
