//! The digest as text.

use proptest::prelude::*;
use token_core::{ErrorKind, PolicyDigest};

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

#[test]
fn another_spelling_is_refused() {
    let text = POLICY.digest.to_string();
    let (short, upper) = (&text[1..], "A".repeat(64));
    for wrong in ["", short, &upper, &format!("{text}0"), &"g".repeat(64)] {
        assert_eq!(kind_of(wrong.parse::<PolicyDigest>()), Some(ErrorKind::MalformedDigest));
    }
}
