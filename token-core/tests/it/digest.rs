//! The digest as text.

use proptest::prelude::*;
use token_core::{AssuranceLevel, ErrorKind, ImageDigest, PolicyDigest, SourceDigest};

use crate::support::{POLICY, kind_of};

proptest! {
    #[test]
    fn text_and_digest_are_the_same(bytes: [u8; 32]) {
        let digest = PolicyDigest::from_bytes(bytes);
        prop_assert_eq!(digest.as_bytes(), &bytes);
        let text = digest.to_string();
        prop_assert_eq!(text.len(), 64);
        prop_assert_eq!(text.parse::<PolicyDigest>().ok(), Some(digest));
        prop_assert_eq!(format!("{digest:.12}"), &text[..12]);
        prop_assert_eq!(format!("{digest:?}"), format!("PolicyDigest({text})"));
    }
}

/// A digest with its algorithm: that many digits, each the same.
fn written(algorithm: &str, digit: &str, digits: usize) -> String {
    format!("{algorithm}:{}", digit.repeat(digits))
}

#[test]
fn a_source_and_an_image_are_read_as_they_are_written() {
    for text in [written("git", "4", 40), written("git", "b", 64), written("sha256", "0", 64)] {
        let source: SourceDigest = text.parse().unwrap();
        assert_eq!(source.to_string(), text);
        assert_eq!(format!("{source:?}"), format!("SourceDigest({text})"));
    }
    let text = written("sha256", "e", 64);
    let image: ImageDigest = text.parse().unwrap();
    assert_eq!(image.to_string(), text);
    assert_eq!(format!("{image:.12}"), "sha256:eeeeeeeeeeee");
}

#[test]
fn what_can_move_is_neither_a_source_nor_an_image() {
    let digits = written("git", "a", 39);
    let upper = written("sha256", "A", 64);
    for wrong in ["", "git:main", "v1.4", "unknown", &digits, &upper, &written("sha256", "a", 40)] {
        assert_eq!(kind_of(wrong.parse::<SourceDigest>()), Some(ErrorKind::MalformedIdentity));
        assert_eq!(kind_of(wrong.parse::<ImageDigest>()), Some(ErrorKind::MalformedIdentity));
    }
    let tree = written("git", "a", 64);
    assert_eq!(kind_of(tree.parse::<ImageDigest>()), Some(ErrorKind::MalformedIdentity));
}

#[test]
fn the_levels_of_assurance_are_words_in_their_order() {
    let words = ["asserted", "platform-attested", "hardware-attested"];
    let levels = words.map(|word| word.parse::<AssuranceLevel>().unwrap());
    assert!(levels.is_sorted() && levels[0] != levels[1] && levels[1] != levels[2]);
    assert_eq!(levels.map(|level| level.to_string()), words);
    for wrong in ["", "Asserted", "platform", "hardware-attested "] {
        let refused = kind_of(wrong.parse::<AssuranceLevel>());
        assert_eq!(refused, Some(ErrorKind::MalformedAssurance), "{wrong:?}");
    }
}

#[test]
fn another_spelling_is_refused() {
    let text = POLICY.digest.to_string();
    let (short, upper) = (&text[1..], "A".repeat(64));
    for wrong in ["", short, &upper, &format!("{text}0"), &"g".repeat(64)] {
        assert_eq!(kind_of(wrong.parse::<PolicyDigest>()), Some(ErrorKind::MalformedDigest));
    }
}
