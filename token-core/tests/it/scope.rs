//! Scope sets: the bit set does what a set of names would do.

use std::collections::HashSet;

use proptest::{collection::vec, prelude::*};
use token_core::{ErrorKind, ScopeSet, TokenKind};

use crate::support::{NAMES, Wide, fresh_token, kind, kind_of, text_of, wide_implies};

/// The model: the names themselves, closed under implication.
fn model(count: usize, picked: &[usize]) -> HashSet<usize> {
    let implied =
        picked.iter().flat_map(|&number| wide_implies(number, count)).map(|&other| other.into());
    implied.chain(picked.iter().copied()).collect()
}

fn names_in<K: TokenKind>(set: &ScopeSet<K>) -> HashSet<usize> {
    let shown = format!("{set:?}");
    (0..256).filter(|&number| shown.contains(NAMES[number])).collect()
}

fn agree<const N: usize>(left: &[usize], right: &[usize]) {
    let within = |picked: &[usize]| picked.iter().map(|number| number % N).collect::<Vec<_>>();
    let (left, right) = (within(left), within(right));
    let (a, b) = (model(N, &left), model(N, &right));
    let set_a = ScopeSet::<Wide<N>>::parse(&text_of(&left)).unwrap();
    let set_b = ScopeSet::<Wide<N>>::parse(&text_of(&right)).unwrap();

    assert_eq!(names_in(&set_a), a, "{N} scopes, {left:?}");
    assert_eq!(set_a.is_superset(&set_b), a.is_superset(&b), "{N} scopes, {left:?}, {right:?}");
    assert_eq!(set_a == set_b, a == b, "{N} scopes, {left:?}, {right:?}");
    assert!(ScopeSet::<Wide<N>>::of_kind().is_superset(&set_a));
    assert_eq!(set_a == ScopeSet::of_kind(), a.len() == N);
    assert_eq!(ScopeSet::from_names(left.iter().map(|&number| NAMES[number])).unwrap(), set_a);
}

proptest! {
    #[test]
    fn a_set_is_the_set_of_its_names(
        left in vec(0_usize..256, 0..12),
        right in vec(0_usize..256, 0..4),
    ) {
        agree::<1>(&left, &right);
        agree::<8>(&left, &right);
        agree::<63>(&left, &right);
        agree::<64>(&left, &right);
        agree::<65>(&left, &right);
        agree::<127>(&left, &right);
        agree::<128>(&left, &right);
        agree::<129>(&left, &right);
        agree::<255>(&left, &right);
        agree::<256>(&left, &right);
    }

    /// Whatever is not a list of the kind's names is refused, and nothing panics.
    #[test]
    fn only_lists_of_names_parse(text in "[a-c0 :\"\\\\\t\u{e9}]{0,8}|s00[0-9]( s00[0-9]){0,3}") {
        let names: Vec<&str> = text.split(' ').collect();
        let good = text.is_empty() || names.iter().all(|name| NAMES[..8].contains(name));
        let well_formed = |name: &&str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b))
        };
        let first_bad = names.iter().find(|name| !NAMES[..8].contains(name));
        let expected = match first_bad {
            _ if good => None,
            Some(name) if well_formed(name) => Some(ErrorKind::ExcessScope),
            _ => Some(ErrorKind::MalformedScope),
        };
        prop_assert_eq!(kind_of(ScopeSet::<Wide<8>>::parse(&text)), expected);
    }
}

/// Each scope alone, so that no position shares a bit with another one.
fn each_alone<const N: usize>() {
    for (number, name) in NAMES.iter().enumerate().take(N) {
        let set = ScopeSet::<Wide<N>>::parse(name).unwrap();
        assert_eq!(names_in(&set), model(N, &[number]), "scope {number} of {N}");
    }
    let all: Vec<usize> = (0..N).collect();
    assert_eq!(ScopeSet::<Wide<N>>::parse(&text_of(&all)).unwrap(), ScopeSet::of_kind());
    let last_missing = ScopeSet::<Wide<N>>::parse(&text_of(&all[..N - 1])).unwrap();
    let implied = model(N, &all[..N - 1]).len() == N;
    assert_eq!(last_missing.is_superset(&ScopeSet::of_kind()), implied, "{N}");
}

#[test]
fn every_position_has_a_bit_of_its_own() {
    each_alone::<1>();
    each_alone::<63>();
    each_alone::<64>();
    each_alone::<65>();
    each_alone::<127>();
    each_alone::<128>();
    each_alone::<129>();
    each_alone::<192>();
    each_alone::<193>();
    each_alone::<255>();
    each_alone::<256>();
}

#[test]
fn a_scope_brings_what_it_implies() {
    let write = ScopeSet::<kind::Writer>::parse("repo:write").unwrap();
    let read = ScopeSet::parse("repo:read").unwrap();
    assert!(write.is_superset(&read));
    assert!(!read.is_superset(&write));
    assert_eq!(write, ScopeSet::of_kind());
    assert_eq!(write, ScopeSet::parse("repo:read repo:write").unwrap());
}

#[test]
fn the_empty_text_is_the_empty_set() {
    let empty = ScopeSet::<kind::Ci>::parse("").unwrap();
    assert_eq!(format!("{empty:?}"), "{}");
    assert!(empty.is_superset(&empty));
    assert!(!empty.is_superset(&ScopeSet::of_kind()));
}

#[test]
fn order_and_repetition_mean_nothing() {
    let set = ScopeSet::<kind::Ci>::parse("repo:read deploy:run").unwrap();
    assert_eq!(set, ScopeSet::parse("deploy:run repo:read").unwrap());
    assert_eq!(set, ScopeSet::parse("deploy:run repo:read deploy:run").unwrap());
}

#[test]
fn malformed_lists_are_refused() {
    let malformed = [
        " ",
        "  ",
        " repo:read",
        "repo:read ",
        "repo:read  deploy:run",
        "repo:read\tdeploy:run",
        "repo:read\ndeploy:run",
        "repo:read,\"deploy:run\"",
        "\"repo:read\"",
        "repo\\read",
        "repo:r\u{e9}ad",
        "repo:read\0",
        "repo:read\u{a0}deploy:run",
        "\u{feff}repo:read",
        "repo:read\u{7f}",
    ];
    for text in malformed {
        let kind = kind_of(ScopeSet::<kind::Ci>::parse(text));
        assert_eq!(kind, Some(ErrorKind::MalformedScope), "{text:?}");
    }
    assert_eq!(
        kind_of(ScopeSet::<kind::Ci>::from_names(["repo:read deploy:run"])),
        Some(ErrorKind::MalformedScope),
        "two names are not one"
    );
    let longest = "x".repeat(128);
    let kind = |text: &str| kind_of(ScopeSet::<kind::Ci>::parse(text));
    assert_eq!(kind(&longest), Some(ErrorKind::ExcessScope));
    assert_eq!(kind(&(longest + "x")), Some(ErrorKind::MalformedScope));
}

#[test]
fn names_are_compared_exactly() {
    for text in ["repo:Read", "REPO:READ", "repo:rea", "repo:readx", "repo:*", "*", "repo:read,"] {
        let kind = kind_of(ScopeSet::<kind::Ci>::parse(text));
        assert_eq!(kind, Some(ErrorKind::ExcessScope), "{text:?}");
    }
}

#[test]
fn an_error_names_a_scope_that_the_policy_knows() {
    let error = ScopeSet::<kind::Ci>::parse("repo:read admin").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ExcessScope);
    assert!(error.to_string().contains("`admin`"), "{error}");
    assert!(error.to_string().contains("`ci`"), "{error}");
}

#[test]
fn an_error_counts_a_scope_that_the_policy_does_not_know() {
    let token = fresh_token();
    let error = ScopeSet::<kind::Ci>::parse(&format!("repo:read {token}")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ExcessScope);
    assert!(error.to_string().contains("scope 2"), "{error}");
    assert!(!error.to_string().contains(&token[..8]), "{error}");
    assert!(!format!("{error:?}").contains(&token[..8]), "{error:?}");
}
