//! Names, lifetimes and digests as text. Builds without the feature `parse` too.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::time::Duration;

use proptest::prelude::*;
use token_policy::scope_name::ScopeNameError;
use token_policy::{
    AssuranceLevel, ImageDigest, Lifetime, LifetimeError, PolicyDigest, SourceDigest, kind_name,
    nearest, scope_name,
};

proptest! {
    #[test]
    fn lifetimes_are_read_back(secs: u64) {
        let lifetime = Lifetime::from_secs(secs);
        prop_assert_eq!(lifetime.to_string().parse(), Ok(lifetime));
    }

    #[test]
    fn lifetimes_add_up(d in 0_u64..1000, h in 0_u64..1000, m in 0_u64..1000, s in 0_u64..1000) {
        let secs = d * 86400 + h * 3600 + m * 60 + s;
        prop_assert_eq!(Lifetime::parse(&format!("{d}d{h}h{m}m{s}s")), Ok(Lifetime::from_secs(secs)));
    }

    #[test]
    fn any_text_is_a_lifetime_or_not(text in any::<String>()) {
        if let Ok(lifetime) = Lifetime::parse(&text) {
            prop_assert_eq!(Lifetime::parse(&lifetime.to_string()), Ok(lifetime));
        }
    }

    #[test]
    fn digests_are_read_back(bytes: [u8; 32]) {
        let digest = PolicyDigest::from_bytes(bytes);
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        prop_assert_eq!(digest.as_bytes(), &bytes);
    }

    #[test]
    fn scope_names_are_those_of_rfc_6749(text in any::<String>()) {
        let allowed = |c| matches!(c, '\u{21}' | '\u{23}'..='\u{5B}' | '\u{5D}'..='\u{7E}');
        prop_assert_eq!(scope_name::is_valid(&text), (1..=128).contains(&text.len()) && text.chars().all(allowed));
    }

    #[test]
    fn the_nearest_word_agrees_with_a_plain_table(word in "[ab]{0,18}", known in prop::collection::vec("[ab]{0,18}", 0..6)) {
        let limit = if word.len() < 2 { 0 } else { (word.len() / 3).clamp(1, 4) };
        let near = known.iter().map(|other| (distance(&word, other), other.as_str())).filter(|(mistakes, _)| *mistakes <= limit);
        let expected = near.min_by_key(|(mistakes, _)| *mistakes).map(|(_, other)| other);
        prop_assert_eq!(nearest(&word, known.iter().map(String::as_str)), expected);
    }

    #[test]
    fn a_word_with_one_mistake_is_found(word in "[a-z]{4,20}", at in any::<prop::sample::Index>(), wrong in "[a-z]") {
        let at = at.index(word.len());
        let replaced = format!("{}{wrong}{}", word.get(..at).unwrap(), word.get(at + 1..).unwrap());
        prop_assert_eq!(nearest(&replaced, ["----------", &word].into_iter()), Some(word.as_str()));
    }
}

/// Optimal string alignment, as in the textbook.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = match (i, j) {
                (0, n) | (n, 0) => n,
                _ => {
                    let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let best = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    if swapped { best.min(table[i - 2][j - 2] + 1) } else { best }
                }
            };
        }
    }
    table[a.len()][b.len()]
}

#[test]
fn lifetimes_have_one_short_form() {
    for (text, shown) in [
        ("90m", "1h30m"),
        ("0s", "0s"),
        ("0d0h", "0s"),
        ("3600s", "1h"),
        ("25h", "1d1h"),
        ("007s", "7s"),
    ] {
        assert_eq!(Lifetime::parse(text).unwrap().to_string(), shown);
    }
    assert_eq!(Lifetime::from_secs(90).as_duration(), Duration::from_secs(90));
    assert_eq!(
        Lifetime::from_secs(u64::MAX).to_string().parse(),
        Ok(Lifetime::from_secs(u64::MAX))
    );
}

#[test]
fn lifetime_errors_say_what_is_wrong() {
    for (text, error) in [
        ("", LifetimeError::Empty),
        ("1", LifetimeError::NoUnit),
        ("1h2", LifetimeError::NoUnit),
        ("h", LifetimeError::NoNumber('h')),
        ("1w", LifetimeError::Forbidden('w')),
        ("1h 2m", LifetimeError::Forbidden(' ')),
        ("+1h", LifetimeError::Forbidden('+')),
        ("1h1h", LifetimeError::Repeated('h')),
        ("1s1h", LifetimeError::Order('h')),
        ("18446744073709551616s", LifetimeError::TooLong),
        ("18446744073709551615d", LifetimeError::TooLong),
        ("5124095576030431h600d", LifetimeError::Order('d')),
        ("5124095576030431h18446744073709551615s", LifetimeError::TooLong),
    ] {
        assert_eq!(Lifetime::parse(text), Err(error), "{text}");
    }
    let shown = LifetimeError::NoUnit.to_string();
    assert!(shown.starts_with("a number has no unit after it; ") && shown.contains("1h30m"));
}

#[test]
fn digests_have_one_spelling() {
    let digest = PolicyDigest::from_bytes([0xab; 32]);
    assert_eq!(digest.to_string(), "ab".repeat(32));
    assert_eq!(format!("{digest:?}"), format!("PolicyDigest({digest})"));
    for text in [
        "",
        "ab",
        &"AB".repeat(32),
        &"ab".repeat(33),
        &"ab".repeat(31),
        &"zz".repeat(32),
        &"é".repeat(32),
    ] {
        assert!(text.parse::<PolicyDigest>().is_err(), "{text}");
    }
}

#[test]
fn a_build_identity_is_made_of_digests_and_never_of_names_that_can_move() {
    let (sha1, sha256) = ("0a".repeat(20), "f9".repeat(32));
    for text in [format!("git:{sha1}"), format!("git:{sha256}"), format!("sha256:{sha256}")] {
        let digest: SourceDigest = text.parse().expect("a source digest");
        assert_eq!(digest.to_string(), text);
        assert_eq!(format!("{digest:?}"), format!("SourceDigest({text})"));
    }
    let image = format!("sha256:{sha256}");
    assert_eq!(ImageDigest::parse(&image).expect("an image digest").to_string(), image);
    let names =
        ["", "main", "git:", "git:main", "unknown", "v1.0", "sha256:", "r/service:1", &sha1];
    let spellings = [
        format!("git:{}", "0A".repeat(20)),
        format!("git:{sha1}0"),
        format!("git:{sha1}00"),
        format!("GIT:{sha1}"),
        format!(" git:{sha1}"),
        format!("git:{sha1}\n"),
        format!("sha256:{sha1}"),
        format!("r/service:1@{image}"),
        format!("sha512:{}", "f9".repeat(64)),
        format!("git:{}", "é".repeat(20)),
    ];
    for text in names.into_iter().chain(spellings.iter().map(String::as_str)) {
        assert!(text.parse::<SourceDigest>().is_err(), "{text}");
        assert!(text.parse::<ImageDigest>().is_err(), "{text}");
    }
    const { assert!(SourceDigest::parse("git:4b825dc642cb6eb9a060e54bf8d69288fbee4904").is_ok()) };
}

#[test]
fn assurance_is_ordered_and_each_level_has_one_word() {
    assert!(AssuranceLevel::ALL.is_sorted_by(|lower, higher| lower < higher));
    for level in AssuranceLevel::ALL {
        assert_eq!(level.to_string().parse(), Ok(level));
    }
    for word in ["", "Asserted", "platform", "hardware ", "none"] {
        assert!(word.parse::<AssuranceLevel>().is_err(), "{word}");
    }
    assert_eq!(AssuranceLevel::default(), AssuranceLevel::Asserted);
}

#[test]
fn scope_names_are_checked_in_constants() {
    const { assert!(scope_name::check("repo:read").is_ok()) };
    assert_eq!(scope_name::check("a b"), Err(ScopeNameError::Forbidden { at: 1 }));
    assert_eq!(scope_name::check(""), Err(ScopeNameError::Empty));
    assert_eq!(scope_name::check(&"a".repeat(129)), Err(ScopeNameError::TooLong));
    for name in ["repo:*", "*", "patient/*.read", "**"] {
        assert!(scope_name::check(name).is_ok(), "RFC 6749 allows `{name}`");
    }
}

#[test]
fn kind_names_are_lowercase_words() {
    for name in ["a", "github-ci", "a1-2b", &"k".repeat(64)] {
        assert!(kind_name::is_valid(name), "{name}");
    }
    for name in ["", "A", "1a", "-a", "a-", "a--b", "a_b", "é", &"k".repeat(65)] {
        assert!(!kind_name::is_valid(name), "{name}");
    }
}

#[test]
fn the_nearest_word_is_near() {
    let keys = ["scopes", "source", "rotate"];
    let find = |word| nearest(word, keys.into_iter());
    assert_eq!(find("scpoes"), Some("scopes"));
    assert_eq!(find("scopes"), Some("scopes"));
    assert_eq!(find("sources"), Some("source"));
    assert_eq!(find("zzzzzz"), None);
    assert_eq!(find(""), None);
    assert_eq!(find(&"s".repeat(100_000)), None);
}
